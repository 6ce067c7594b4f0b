// Parts that need no page: near ties of two engines, where ONNX Runtime begins to decode, the statistics of the
// blind test.
import { expect, test } from '@playwright/test';
import { AbxTest, guessingProbability } from '../src/listening/abx';
import { agreement } from '../src/engine/near-ties';
import { decodeFrom } from '../src/engine/onnx/segments';

test('codes that differ are near ties only where a hundred-thousandth of gain changes the whole packet', async () => {
  const [tie, deep, far] = [2, 5, 9]; // packets of four codes
  const first = new Uint8Array(40).fill(7);
  const second = first.slice();
  second[4 * tie + 1] = 8;
  second[4 * deep] = second[4 * deep + 3] = 9;
  second[4 * far + 2] = 1;
  const gains: number[] = [];
  const encodeAt = async (gain: number): Promise<Uint8Array> => {
    gains.push(gain);
    const packets = first.slice();
    if (gain > 1) packets[4 * tie + 1] = 8;
    if (gain < 1 - 5e-6) packets[4 * deep] = packets[4 * deep + 3] = 9;
    packets[4 * far + 2] = 3; // another code still, whatever the gain
    return packets;
  };
  expect(await agreement(first, second, 4, encodeAt)).toEqual({
    codes: 40,
    equalCodes: 36,
    nearTies: 3,
  });
  for (const gain of gains) expect(Math.abs(gain - 1)).toBeLessThan(1.01e-5);

  gains.length = 0;
  await agreement(first, first.slice(), 4, encodeAt);
  expect(gains, 'equal packets need no second look').toEqual([]);
  const short = await agreement(first, first.subarray(0, 36), 4, encodeAt);
  expect(short).toEqual({ codes: 40, equalCodes: 36, nearTies: 0 });
});

test('decoding begins at a packet of even number, early enough and no earlier', () => {
  for (const preroll of [26, 27]) {
    expect(decodeFrom(0, preroll)).toBe(0);
    expect(decodeFrom(preroll + 1, preroll)).toBe(0);
    for (let packet = preroll; packet < preroll + 9; ++packet) {
      const start = decodeFrom(packet, preroll);
      expect(start % 2).toBe(0);
      expect(packet - start).toBeGreaterThanOrEqual(preroll);
      expect(packet - start).toBeLessThan(preroll + 2);
    }
  }
});

test('the p-value of a blind test is the binomial one', () => {
  expect(guessingProbability(0, 0)).toBe(1);
  expect(guessingProbability(5, 10)).toBeCloseTo(638 / 1024, 12);
  expect(guessingProbability(9, 10)).toBeCloseTo(11 / 1024, 12);
  expect(guessingProbability(16, 16)).toBeCloseTo(1 / 65536, 12);
});

test('a blind test draws both sides, and counts the right answers', () => {
  const abx = new AbxTest();
  for (let i = 0; i < 64; ++i) abx.answer('A');
  expect(new Set(abx.trials.map(({ x }) => x)).size, 'A and B both come').toBe(2);
  expect(abx.correct).toBe(abx.trials.filter(({ x }) => x === 'A').length);
});
