// The entropy model of a codec model: the networks of all steps of the ladder, from a file of tensors.
import { BandTables } from './bands.js';
import {
  bytesOfPacket,
  ladderOf,
  type LadderStep,
  offsetOfBands,
  offsetOfTones,
  type PacketConfig,
} from './ladder.js';
import { contextsOf } from './coding-order.js';
import { ABSENT, CODES, Network } from './network.js';
import { type CodedStep, PageCoder, type Packets } from './page-coder.js';
import { TensorFile } from './tensor-file.js';
import { ToneTables } from './tones.js';

const MAX_WEIGHT = 127;
const MAX_BIAS = 2 ** 20;
const MAX_SYMBOL_WEIGHT = 65535;

interface Json {
  identity: string;
  model: PacketConfig;
  entropy?: { embedding: number; hidden: number };
}

export class EntropyModel {
  /** Of the codec model that it belongs to. */
  readonly identity: string;
  readonly #file: TensorFile;
  readonly #config: PacketConfig;
  readonly #ladder: LadderStep[];
  readonly #embedding: number;
  readonly #hidden: number;
  readonly #steps: CodedStep[] = []; // as many as a quality has needed

  /** `bytes`: a model file, or what motet-export writes beside the ONNX graphs. */
  constructor(bytes: Uint8Array) {
    this.#file = new TensorFile(bytes);
    const { identity, model, entropy } = this.#file.json as Json;
    if (entropy === undefined) throw new Error('the model has no entropy model');
    this.identity = identity;
    this.#config = model;
    this.#ladder = ladderOf(model);
    this.#embedding = entropy.embedding;
    this.#hidden = entropy.hidden;
  }

  coder(quality: number): PageCoder {
    for (let step = this.#steps.length; step < quality; ++step) this.#steps.push(this.#step(step));
    return new PageCoder({
      bytes: bytesOfPacket(this.#config, quality),
      steps: this.#steps.slice(0, quality),
      allSteps: this.#ladder.length,
      ...this.#tones(quality),
      ...this.#bands(quality),
    });
  }

  #tones(quality: number): Pick<Packets, 'tones'> {
    const { tones } = this.#config;
    const offset = offsetOfTones(this.#config, quality);
    if (tones === undefined || offset === undefined) return {};
    return { tones: { offset, tables: new ToneTables(tones, this.#symbols('tones')) } };
  }

  #bands(quality: number): Pick<Packets, 'bands'> {
    const { bands } = this.#config;
    const offset = offsetOfBands(this.#config, quality);
    if (bands === undefined || offset === undefined) return {};
    return { bands: { offset, tables: new BandTables(bands, this.#symbols('bands')) } };
  }

  /** Gives the weights of symbols other than codes. */
  #symbols(of: 'tones' | 'bands'): (name: string, size: number) => Int32Array {
    return (name, size) =>
      this.#file.integers(`entropy.${of}.${name}`, [size], 1, MAX_SYMBOL_WEIGHT);
  }

  #step(step: number): CodedStep {
    const contexts = contextsOf(this.#ladder, step);
    const hidden = this.#hidden;
    const weights = (of: number, name: string, shape: number[]): Int32Array =>
      this.#file.integers(this.#name(of, name), shape, -MAX_WEIGHT, MAX_WEIGHT);
    const biases = (name: string, size: number): Int32Array =>
      this.#file.integers(this.#name(step, name), [size], -MAX_BIAS, MAX_BIAS);
    const embeddings = new Map(
      contexts.map(({ step: of }) => [of, weights(of, 'embedding', [ABSENT + 1, this.#embedding])]),
    );
    const network = new Network({
      embeddings: contexts.map(({ step: of }) => embeddings.get(of)!),
      hiddenWeight: weights(step, 'hidden.weight', [hidden, contexts.length * this.#embedding]),
      hiddenBias: biases('hidden.bias', hidden),
      outputWeight: weights(step, 'output.weight', [CODES, hidden]),
      outputBias: biases('output.bias', CODES),
    });
    return { ...this.#ladder[step]!, contexts, network };
  }

  #name(step: number, name: string): string {
    const { level, index } = this.#ladder[step]!;
    return `entropy.${level}.${index}.${name}`;
  }
}
