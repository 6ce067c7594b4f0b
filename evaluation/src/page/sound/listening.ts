// One example: players that change between recordings, and their spectrograms under one axis of time.
import type { Example } from '../../report/evaluation';
import { h, number } from '../dom';
import { decode } from './sounds';
import { drawSpectrogram, HIGHEST, LOWEST } from './spectrogram';
import { SwitchingPlayer } from './switching-player';

const MARKS = [100, 1000, 10_000];

/** Only one plays at a time. */
let sounding: { stop(): void } | undefined;

export const silence = (): void => sounding?.stop();

export function listening(example: Example): HTMLElement {
  const status = h('span', { className: 'time', aria: { live: 'off' } }, '…');
  const button = h('button', { type: 'button', className: 'play', disabled: true }, 'Play');
  const seek = h('input', {
    ...{ type: 'range', min: '0', max: '1', step: '0.001', value: '0', disabled: true },
    aria: { label: 'Position' },
  });
  const stack = h('div', { className: 'spectrograms' });
  const rows = example.sounds.map((sound, i) => {
    const canvas = h('canvas', { width: 900, height: 150 });
    const choose = h(
      'button',
      { type: 'button', disabled: true, aria: { pressed: String(i === 0) } },
      h('b', {}, sound.label),
      h('span', {}, sound.kbps === undefined ? 'as it was' : `${number(sound.kbps, 1)} kbit/s`),
      h('kbd', {}, String(i + 1)),
    );
    const picture = h(
      'div',
      { className: 'picture', aria: { label: `Spectrogram: ${sound.label}` }, role: 'img' },
      canvas,
      ...MARKS.map((hz) =>
        h(
          'span',
          {
            className: 'mark',
            style: `bottom: ${(100 * Math.log(hz / LOWEST)) / Math.log(HIGHEST / LOWEST)}%`,
          },
          hz < 1000 ? `${hz} Hz` : `${hz / 1000} kHz`,
        ),
      ),
      h('span', { className: 'head' }),
    );
    stack.append(h('div', { className: 'row' }, choose, picture));
    return { canvas, choose, picture };
  });
  const element = h(
    'article',
    { className: 'example', data: { state: 'waiting' }, tabIndex: 0 },
    h('h3', {}, example.title, ' ', h('small', {}, example.why)),
    h('div', { className: 'transport' }, button, seek, status),
    stack,
  );

  let player: SwitchingPlayer | undefined;
  const show = (): void => {
    if (!player) return;
    const part = player.time / player.seconds;
    element.style.setProperty('--time', String(part));
    seek.value = String(part);
    status.textContent = `${number(player.time, 1)} of ${number(player.seconds, 1)} s`;
    button.textContent = player.playing ? 'Pause' : 'Play';
    if (player.playing) requestAnimationFrame(show);
  };
  const stop = (): void => {
    player?.pause();
    show();
  };
  const toggle = async (): Promise<void> => {
    if (!player) return;
    if (player.playing) return stop();
    silence();
    sounding = { stop };
    await player.play();
    show();
  };
  const hear = (index: number): void => {
    if (!player || !rows[index]) return;
    player.hear(index);
    rows.forEach(({ choose }, i) => choose.setAttribute('aria-pressed', String(i === index)));
  };
  button.onclick = () => void toggle();
  seek.oninput = () => void player?.seek(Number(seek.value) * player.seconds).then(show);
  rows.forEach(({ choose, picture }, i) => {
    choose.onclick = () => {
      hear(i);
      if (player && !player.playing) void toggle();
    };
    picture.onclick = (event) => {
      const box = picture.getBoundingClientRect();
      hear(i);
      void player?.seek(((event.clientX - box.left) / box.width) * player.seconds).then(show);
    };
  });
  element.onkeydown = (event) => {
    const onButton = event.target instanceof HTMLButtonElement;
    if (event.key === ' ' && !onButton) {
      event.preventDefault();
      void toggle();
    } else if (/^[1-9]$/.test(event.key)) {
      hear(Number(event.key) - 1);
    }
  };

  const open = async (): Promise<void> => {
    element.dataset.state = 'opening';
    const sounds: AudioBuffer[] = [];
    for (const [i, { flac }] of example.sounds.entries()) {
      sounds.push(await decode(flac));
      drawSpectrogram(rows[i]!.canvas, sounds[i]!);
      await new Promise((later) => setTimeout(later)); // so that the page stays alive
    }
    player = new SwitchingPlayer(sounds, show);
    for (const control of [button, seek, ...rows.map(({ choose }) => choose)])
      control.disabled = false;
    element.dataset.state = 'ready';
    show();
  };
  const seen = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      open().catch((error: unknown) => {
        element.dataset.state = 'failed';
        status.textContent = `This browser cannot decode the sounds: ${String(error)}`;
      });
    },
    { rootMargin: '400px' },
  );
  seen.observe(element);
  return element;
}
