// What happens to a file: opened, encoded or played, compared, saved.
import exampleUrl from '@data/excerpt.flac?url';
import { openAudio, SAMPLE_RATE } from './audio/open';
import { Output } from './audio/output';
import { comparePassage, PASSAGE_SECONDS } from './audio/passage';
import { BufferSource, Passage } from './audio/pcm';
import { WavWriter } from './audio/wav';
import { type Engine, type EngineId, type Part, ENGINE_NAMES, loadEngine } from './engine/engine';
import type { FeaturesSummary } from './engine/features';
import { engineFiles } from './engine/files';
import { keepForOffline } from './offline';
import { Problem } from './problem';
import { saveFile, stem } from './save';
import { isMotet } from './stream/container';
import { Activity, type Report } from './ui/activity';
import { listenForFiles } from './ui/drop-zone';
import { announce, byId } from './ui/elements';
import { EngineCard } from './ui/engine-card';
import { clock, fileSize } from './ui/format';
import { ListenCard } from './ui/listen-card';
import { MicrophoneCard } from './ui/microphone-card';
import { PlayerCard } from './ui/player-card';
import { ResultCard } from './ui/result-card';

// Work that gives way to other work, or waits for it.
const COMPARING = 'Decoding';
const SAVING = 'Decoding to WAV';
const EXAMPLE_NAME = 'Harvest Festival.flac';
/** As much of the music as the engines are compared on. */
const COMPARISON_SECONDS = 10;

/** What is open: music that was encoded here, or a `.motet` file. */
type Item =
  | { kind: 'music'; name: string; source: BufferSource; facts: string }
  | { kind: 'stream'; name: string; bytes: Uint8Array<ArrayBuffer> };

export class App {
  readonly #activity = new Activity((busy) => (this.#engineCard.busy = busy));
  readonly #output = new Output();
  readonly #engineCard = new EngineCard(
    (id) => void this.#useEngine(id),
    () => this.#compareEngines(),
  );
  readonly #result = new ResultCard({
    onQuality: (quality) => {
      // What was encoded is of another quality now.
      this.#encoded = undefined;
      this.#result.ready = false;
      void this.#predict(quality);
    },
    onEncode: (quality) => void this.#encode(quality),
    onSaveMotet: () => this.#saveMotet(),
    onSaveWav: () => void this.#saveWav(),
  });
  readonly #onProblem = (error: unknown): void => this.#activity.showProblem(error);
  readonly #listen = new ListenCard(
    this.#output,
    (from) => {
      this.#from = from;
      void this.#comparePassage();
    },
    this.#onProblem,
  );
  readonly #player = new PlayerCard(this.#output, this.#onProblem);
  readonly #microphone = new MicrophoneCard();
  readonly #engines = new Map<EngineId, Promise<Engine>>();
  #item: Item | undefined;
  #encoded: Uint8Array<ArrayBuffer> | undefined;
  /** Second of the music where the passage that is compared begins. */
  #from = 0;
  /** The comparison waits until a WAV file is saved. */
  #compareLater = false;

  start(): void {
    listenForFiles((file) => void this.#open(file));
    byId('example', HTMLButtonElement).addEventListener('click', () => void this.#openExample());
    byId('record', HTMLButtonElement).addEventListener('click', () => void this.#record());
    byId('live', HTMLButtonElement).addEventListener('click', () => void this.#live());
    if (new URLSearchParams(location.search).get('engine') === 'onnx') {
      this.#engineCard.chosen = 'onnx';
    }
    // So that it is ready when the first file comes; if it fails, that file's card will say so.
    this.#engine().catch(() => undefined);
  }

  /** The engine that is chosen; loaded once. */
  #engine(report?: Report): Promise<Engine> {
    const id = this.#engineCard.chosen;
    let engine = this.#engines.get(id);
    if (engine === undefined) {
      engine = this.#load(id);
      this.#engines.set(id, engine);
      engine.catch(() => this.#engines.delete(id)); // the next use tries again
    }
    report?.(`Starting ${ENGINE_NAMES[id]}`);
    return engine;
  }

  async #load(id: EngineId): Promise<Engine> {
    const engine = await loadEngine(id);
    if (id === 'onnx') {
      await engine.warmUp(); // its graphs take seconds to load
      // Not worth an error: the engine runs, it only will not offline.
      void engineFiles(id)
        .then((files) => keepForOffline(files?.files ?? []))
        .catch(() => undefined);
    }
    return engine;
  }

  // --- Opening ------------------------------------------------------------------------------------

  #reset(): void {
    this.#activity.abort();
    this.#item = undefined;
    this.#encoded = undefined;
    this.#from = 0;
    this.#compareLater = false;
    this.#result.hide();
    this.#listen.hide();
    this.#player.hide();
  }

  async #open(file: File): Promise<void> {
    this.#reset();
    const item = await this.#activity.run(`Reading ${file.name}`, async (): Promise<Item> => {
      const { name } = file;
      const magic = new Uint8Array(await file.slice(0, 8).arrayBuffer());
      if (isMotet(magic)) {
        return { kind: 'stream', name, bytes: new Uint8Array(await file.arrayBuffer()) };
      }
      if (file.size === 0) throw new Problem('not-audio', 'This file is empty.');
      if (/\.motet$/i.test(name)) {
        throw new Problem('damaged', 'This is not a Motet file, or its beginning is damaged.');
      }
      return this.#music(name, await openAudio(file), file.size);
    });
    if (item !== undefined) await this.#use(item);
  }

  async #openExample(): Promise<void> {
    this.#reset();
    const item = await this.#activity.run('Reading the example', async () => {
      const response = await fetch(exampleUrl).catch(() => undefined);
      if (!response?.ok) throw new Problem('not-loaded', 'The example could not be loaded.');
      const blob = await response.blob();
      return this.#music(EXAMPLE_NAME, await openAudio(blob), blob.size);
    });
    if (item !== undefined) await this.#use(item);
  }

  async #record(): Promise<void> {
    this.#reset();
    const source = await this.#withMicrophone(() => this.#microphone.record());
    if (source === undefined) return;
    this.#reset(); // of what was opened meanwhile
    await this.#use(this.#music(`Recording ${new Date().toLocaleString()}`, source, undefined));
  }

  async #live(): Promise<void> {
    this.#listen.pause();
    this.#player.pause();
    await this.#withMicrophone(async () =>
      this.#microphone.live(await this.#engine(), this.#result.quality),
    );
  }

  /** Undefined if it failed and its problem is on the page. */
  async #withMicrophone<T>(session: () => Promise<T>): Promise<T | undefined> {
    this.#activity.clearProblem();
    this.#microphone.busy = true;
    try {
      return await session();
    } catch (error) {
      this.#activity.showProblem(error);
      return undefined;
    } finally {
      this.#microphone.busy = false;
    }
  }

  #music(name: string, source: BufferSource, size: number | undefined): Item {
    const facts = [
      clock(source.samples / SAMPLE_RATE),
      source.mixedFrom === undefined
        ? source.channels === 1
          ? 'mono'
          : 'stereo'
        : `${source.mixedFrom} channels, mixed down to two`,
    ];
    if (size !== undefined) facts.push(`${fileSize(size)} as it came`);
    facts.push(`${fileSize(source.samples * source.channels * 2)} as 16-bit PCM`);
    return { kind: 'music', name, source, facts: facts.join(' · ') };
  }

  async #use(item: Item): Promise<void> {
    this.#item = item;
    if (item.kind === 'stream') return this.#play();
    await this.#encode(this.#result.quality);
  }

  async #useEngine(id: EngineId): Promise<void> {
    const item = this.#item;
    this.#player.hide();
    if (item !== undefined) return this.#use(item);
    if (this.#activity.running !== undefined) {
      // It goes on: a file that is being read will use the engine that is chosen.
      this.#engine().catch(() => undefined);
      return;
    }
    await this.#activity.run(`Starting ${ENGINE_NAMES[id]}`, () => this.#engine());
  }

  // --- Music ----------------------------------------------------------------------------------------

  async #encode(quality: number): Promise<void> {
    const item = this.#item;
    if (item?.kind !== 'music') return;
    const { name, source, facts } = item;
    this.#encoded = undefined;
    this.#result.show(stem(name), facts, true);
    this.#result.ready = false;
    this.#result.showSpeed(undefined);
    void this.#predict(quality);
    const done = await this.#activity.run(`Encoding ${name}`, async (signal, report) => {
      const engine = await this.#engine(report);
      let speed = 0;
      const bytes = await engine.encode(source, {
        quality,
        tags: { title: stem(name) },
        signal,
        onProgress: (progress) => {
          speed = progress.timesRealTime;
          report(`Encoding ${name}`, progress);
        },
      });
      return { bytes, speed };
    });
    if (done === undefined) return;
    this.#encoded = done.bytes;
    this.#result.ready = true;
    this.#result.showSpeed(done.speed);
    const duration = source.samples / SAMPLE_RATE;
    const { channels } = source;
    this.#result.showFigures({
      bytes: done.bytes.length,
      duration,
      channels,
      bytesAre: 'measured',
    });
    await this.#comparePassage();
  }

  /** Figures of a quality before it is encoded. */
  async #predict(quality: number): Promise<void> {
    const item = this.#item;
    if (item?.kind !== 'music') return;
    const engine = await this.#engine().catch(() => undefined);
    if (engine === undefined || item !== this.#item || this.#encoded !== undefined) return;
    const { delaySamples, packetSamples } = engine.info;
    const packets = Math.ceil((item.source.samples + delaySamples) / packetSamples);
    const titleBytes = new TextEncoder().encode(stem(item.name)).length;
    const framing = 54 + 11 + titleBytes + 14 * Math.ceil(packets / 128) + 22; // docs/FORMAT.md
    this.#result.showFigures({
      bytes: packets * engine.packetBytes(quality) + framing,
      duration: item.source.samples / SAMPLE_RATE,
      channels: item.source.channels,
      bytesAre: engine.info.entropyCoding ? 'at most' : 'exact',
    });
  }

  async #comparePassage(): Promise<void> {
    const item = this.#item;
    const whole = this.#encoded;
    if (item?.kind !== 'music' || whole === undefined) return;
    this.#compareLater = this.#activity.running === SAVING;
    if (this.#compareLater) return;
    const { source } = item;
    const from = this.#from;
    const compared = await this.#activity.run(COMPARING, async (signal, report) => {
      const engine = await this.#engine();
      const quality = this.#result.quality;
      return comparePassage(engine, source, whole, quality, from, signal, (progress) =>
        report(COMPARING, progress),
      );
    });
    if (compared === undefined) return;
    const last = source.samples / SAMPLE_RATE - PASSAGE_SECONDS;
    this.#listen.show(compared.original, compared.decoded, last > 0 ? { from, last } : undefined);
    announce('Decoded: you can compare now');
    const part = { from: compared.from, duration: compared.original.duration };
    await this.#readFeatures(compared.file, part, (features) => {
      if (whole === this.#encoded) this.#listen.showFeatures(features);
    });
  }

  async #readFeatures(
    bytes: Uint8Array<ArrayBuffer>,
    part: Part,
    show: (features: FeaturesSummary) => void,
  ): Promise<void> {
    const item = this.#item;
    try {
      const features = await (await this.#engine()).features(bytes, part);
      if (item === this.#item) show(features);
    } catch (error) {
      if (item === this.#item) this.#activity.showProblem(error);
    }
  }

  // --- `.motet` files ---------------------------------------------------------------------------------

  async #play(): Promise<void> {
    const item = this.#item;
    if (item?.kind !== 'stream') return;
    const { bytes, name } = item;
    const opened = await this.#activity.run(`Opening ${name}`, async (_, report) => {
      const engine = await this.#engine(report);
      const facts = await engine.inspect(bytes);
      return { facts, playback: await engine.playback(this.#output.context, bytes) };
    });
    if (opened === undefined || item !== this.#item) return;
    const { facts, playback } = opened;
    const duration = facts.samples / SAMPLE_RATE;
    const title = facts.tags.find(([key]) => key === 'title')?.[1] ?? stem(name);
    const sound = facts.channels === 1 ? 'mono' : 'stereo';
    this.#result.show(title, `${clock(duration)} · ${sound} · quality ${facts.quality}`, false);
    this.#result.showFigures({
      bytes: bytes.length,
      duration,
      channels: facts.channels,
      bytesAre: 'measured',
    });
    this.#result.showSpeed(undefined);
    this.#result.ready = true;
    this.#player.show(playback, facts);
    // Where the browser wants a click first, it stays at the beginning and the button waits.
    void playback.play().catch(this.#onProblem);
    // Of a file that is cut off, the part that plays.
    const part = { from: 0, duration };
    await this.#readFeatures(bytes, part, (features) => this.#player.showFeatures(features));
  }

  // --- Saving -----------------------------------------------------------------------------------------

  #saveMotet(): void {
    if (this.#encoded === undefined || this.#item === undefined) return;
    saveFile(this.#encoded, `${stem(this.#item.name)}.motet`, 'application/octet-stream');
  }

  async #saveWav(): Promise<void> {
    const item = this.#item;
    const bytes = item?.kind === 'stream' ? item.bytes : this.#encoded;
    if (item === undefined || bytes === undefined) return;
    if (this.#activity.running === SAVING) return;
    this.#compareLater ||= this.#activity.running === COMPARING;
    const wav = await this.#activity.run(SAVING, async (signal, report) => {
      const engine = await this.#engine();
      const { channels } = await engine.inspect(bytes);
      const writer = new WavWriter(channels, SAMPLE_RATE);
      await engine.decode(bytes, {
        signal,
        onProgress: (progress) => {
          this.#result.showSpeed(progress.timesRealTime);
          report(SAVING, progress);
        },
        onChunk: (channelData) => writer.write(channelData),
      });
      return writer.finish();
    });
    if (wav !== undefined) saveFile(wav, `${stem(item.name)}.wav`);
    if (!this.#compareLater || bytes !== this.#encoded) return;
    // Where other work goes on, or the page says what failed, that stays.
    if (this.#activity.running === undefined && !this.#activity.hasProblem) {
      await this.#comparePassage();
    }
  }

  // --- Engines ----------------------------------------------------------------------------------------

  async #compareEngines(): Promise<void> {
    this.#listen.pause();
    this.#player.pause();
    const comparison = await this.#activity.run('Comparing engines', async (signal, report) => {
      const { compareEngines } = await import('./engine/comparison');
      const open = this.#item?.kind === 'music' ? this.#item.source : undefined;
      const source = open ?? (await openAudio(await (await fetch(exampleUrl)).blob()));
      const samples = Math.min(source.samples, COMPARISON_SECONDS * SAMPLE_RATE);
      const clip = new Passage(source, 0, samples);
      return compareEngines(clip, this.#result.quality, signal, (step) => report(step));
    });
    if (comparison === undefined) return;
    this.#engineCard.show(comparison);
    const { codes, equalCodes, nearTies } = comparison;
    announce(`Engines compared: ${equalCodes} of ${codes} codes agree, ${nearTies} are near ties`);
  }
}
