// The report of bench.mjs as Markdown.

const number = (value, digits = 0) => value.toFixed(digits);
const spread = (summary, digits = 0) =>
  summary === undefined
    ? ''
    : `${number(summary.median, digits)} [${number(summary.low, digits)}–${number(summary.high, digits)}]`;

/** Both ways: seconds of music per second of encoding and decoding it. */
const both = (speeds) =>
  speeds === undefined ? '' : number(1 / (1 / speeds.encode.median + 1 / speeds.decode.median));

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |\n`;
  return (
    line(head) + line(head.map((_, i) => (i === 0 ? '---' : '---:'))) + rows.map(line).join('')
  );
}

function engineRows(engines) {
  const rows = [];
  for (const [name, engine] of Object.entries(engines)) {
    for (const [coding, what] of [
      ['fixed', 'codes and samples'],
      ['entropy', 'whole streams'],
    ]) {
      const speeds = engine[coding];
      if (speeds === undefined) continue;
      rows.push([
        name,
        what,
        spread(speeds.encode),
        spread(speeds.decode),
        both(speeds),
        engine.peak_mb === undefined ? '' : number(engine.peak_mb.median),
        number(engine.start_up_ms?.median ?? engine.start_up?.encode_ms.median ?? NaN).replace(
          'NaN',
          '',
        ),
      ]);
    }
    if (engine.two_threads !== undefined) {
      const { encode, decode } = engine.two_threads;
      rows.push([
        `${name}, two threads`,
        'whole streams',
        spread(encode),
        spread(decode),
        '',
        '',
        '',
      ]);
    }
  }
  return rows;
}

function ratios(engines) {
  const motet = engines['Motet, native'];
  return ['ONNX Runtime, native', 'LibTorch'].map((name) => {
    const ratio = (way, coding) =>
      number(motet[coding][way].median / engines[name].fixed[way].median, 2);
    return [
      name,
      ratio('encode', 'entropy'),
      ratio('decode', 'entropy'),
      ratio('encode', 'fixed'),
      ratio('decode', 'fixed'),
    ];
  });
}

function browserRows({ engines }) {
  return engines.map((engine) => [
    engine.id === 'motet' ? 'Motet' : 'ONNX Runtime Web',
    number(engine.encodeTimesRealTime),
    number(engine.decodeTimesRealTime),
    number(engine.roundTripTimesRealTime),
    `${number((engine.downloadGzipBytes ?? 0) / 1e6, 2)} MB`,
    `${number(engine.startupMs)} ms`,
    `${number(engine.firstAudioMs)} ms`,
  ]);
}

/** By the wall clock: what else the machine does counts. */
function liveInBrowser(browser) {
  if (browser?.live === undefined) return '';
  const { encode, decode } = browser.live;
  const figures = ({ median, thousandth, worst }) =>
    `${number(median, 2)} ms, one in a thousand ${number(thousandth, 2)}, worst ${number(worst, 1)}`;
  return ` In Chromium, by the wall clock: encode ${figures(encode)}; decode ${figures(decode)}.`;
}

function rooflineRows(roofline) {
  return roofline.map((network) => [
    network.network,
    number(network.step_us),
    number(network.products_us),
    number(network.fourier_us),
    number(network.rest_us),
    number(2 * network.best_gmac_per_s),
    `${number(100 * network.share_needed_at_best_rate)} %`,
  ]);
}

export function markdown(report) {
  const { machine, music, engines, live, roofline, sizes, browser } = report;
  const parts = [
    `${machine.processor}, ${machine.processors} processors, ${machine.system}, Node ${machine.node}, ${machine.date}. ` +
      `${number(music.seconds)} s of stereo at quality ${music.quality}; × real time in processor time of one thread, ` +
      `median [lowest–highest] of ${report.runs} runs in turn.\n`,
    table(['', '', 'encode', 'decode', 'both', 'peak MiB', 'start-up ms'], engineRows(engines)),
    'Motet natively, so many times as fast:\n',
    table(
      ['than', 'encode, entropy-coded', 'decode', 'encode, codes alone', 'decode'],
      ratios(engines),
    ),
  ];
  const { start_up_wall_ms: wall } = engines['Motet, WebAssembly in Node'];
  parts.push(
    `Start-up is in processor time of all threads; in Node, by the wall clock, it is ${spread(wall)} ms.\n`,
  );
  if (browser !== null) {
    parts.push(
      `In Chromium ${browser.chromium}, one thread, wall-clock time, ${number(browser.seconds)} s of music:\n`,
      table(
        ['', 'encode', 'decode', 'both', 'download, gzip', 'start-up', 'to first audio'],
        browserRows(browser),
      ),
    );
  }
  const entropy = (way) => {
    const { entropy: coded, entropy_alone: alone } = engines['Motet, native'];
    return number((100 * alone[way].median * coded[way].median) / music.seconds, 1);
  };
  const wasm = (way) => {
    const { fixed, entropy: coded } = engines['Motet, WebAssembly in Node'];
    return number(100 * (1 - coded[way].median / fixed[way].median), 1);
  };
  parts.push(
    `Entropy coding takes ${entropy('encode')} % of encoding and ${entropy('decode')} % of decoding, as WebAssembly ` +
      `${wasm('encode')} % and ${wasm('decode')} %.\n`,
    `Live, ${live.packets} packets one at a time: encode ${number(live.encode.median_ms, 2)} ms, worst ` +
      `${number(live.encode.worst_ms, 2)}; decode ${number(live.decode.median_ms, 2)} ms, worst ` +
      `${number(live.decode.worst_ms, 2)}.${liveInBrowser(browser)}\n`,
    `A step of ${roofline[0].packets} packets, in µs, and what its matrix products need at the rate of the best one:\n`,
    table(
      ['', 'step', 'products', 'Fourier', 'rest', 'best GFLOP/s', 'needed'],
      rooflineRows(roofline),
    ),
    table(
      ['bytes', 'raw', 'gzip -9', 'brotli'],
      Object.entries(sizes).map(([name, size]) => [name, size.bytes, size.gzip, size.brotli]),
    ),
  );
  return parts.join('\n');
}
