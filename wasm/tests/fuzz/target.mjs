// A fuzz target: everything of the package that reads a stream is given the same bytes, as they are and
// with right checksums. It answers, or rejects with an error of its own, whatever they are.
import assert from 'node:assert/strict';

const CODES = ['not-motet', 'unsupported-version', 'corrupt', 'model-mismatch', 'truncated'];

/** What comes of a call: a value, or the code of a MotetError. Any other error is a finding. */
async function outcomeOf(m, call) {
  try {
    return { value: await call() };
  } catch (error) {
    if (!(error instanceof m.MotetError) || !CODES.includes(error.code)) throw error;
    assert.ok(error.message.length > 0);
    return { code: error.code };
  }
}

/** All events of a StreamReader that is given chunks of this size. */
async function eventsOf(m, model, bytes, chunk) {
  const reader = await m.StreamReader.create({ model });
  const events = [];
  const { code } = await outcomeOf(m, () => {
    for (let at = 0; at < bytes.length; at += chunk)
      events.push(...reader.read(bytes.subarray(at, at + chunk)));
    events.push(...reader.end());
  });
  const { header } = reader;
  reader.free();
  return { events, code, header };
}

/** The function that a fuzzer calls. `m`: the package; `repair`: makes checksums right in place. */
export function targetOf(m, model, repair) {
  const read = async (bytes) => {
    const info = await outcomeOf(m, () => m.info(bytes));
    if (bytes.length >= 8) assert.equal(m.isMotet(bytes), info.code !== 'not-motet');
    const whole = await eventsOf(m, model, bytes, bytes.length + 1);
    assert.deepEqual(await eventsOf(m, model, bytes, 1 + (bytes.length % 61)), whole);
    await outcomeOf(m, () => m.readFeatures(model, bytes));
    const decoded = await outcomeOf(m, () =>
      m.decodeFile(model, bytes, { maxConcealedSeconds: 0.5 }),
    );
    if (decoded.value) assert.ok(info.value, 'what can be decoded can be described');
    const second = (bytes.length % 17) / 50;
    const part = await outcomeOf(m, () => m.streamFrom(bytes, second));
    if (part.value) await isAPart(part.value, info.value);
  };
  // What is whole stays whole; what is damaged has a header at least.
  const isAPart = async ({ bytes, seconds }, whole) => {
    const part = await outcomeOf(m, () => m.info(bytes));
    if (whole?.complete) assert.ok(Math.abs(whole.duration - seconds - part.value.duration) < 1e-9);
    assert.ok((await eventsOf(m, model, bytes, bytes.length + 1)).header);
  };
  return async (data) => {
    const bytes = Uint8Array.from(data); // its own: nothing beside it is part of it
    await read(bytes);
    repair(bytes);
    await read(bytes);
  };
}
