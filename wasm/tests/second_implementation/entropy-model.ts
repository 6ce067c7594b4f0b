// The entropy model of a codec model: the networks of all quantizers, from a file of tensors.
import { BandTables } from './bands.js';
import {
  bytesOfPacket,
  nameOf,
  offsetOfBands,
  offsetOfTones,
  type PacketConfig,
  type Quantizer,
  quantizersOf,
} from './ladder.js';
import { contextsOf } from './coding-order.js';
import { ABSENT, CODES, Network } from './network.js';
import { type CodedQuantizer, PageCoder, type Packets } from './page-coder.js';
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
  readonly #quantizers: CodedQuantizer[];

  /** `bytes`: a model file, or what motet-export writes beside the ONNX graphs. */
  constructor(bytes: Uint8Array) {
    this.#file = new TensorFile(bytes);
    const { identity, model, entropy } = this.#file.json as Json;
    if (entropy === undefined) throw new Error('the model has no entropy model');
    this.identity = identity;
    this.#config = model;
    const quantizers = quantizersOf(model);
    const embeddings = quantizers.map((quantizer) =>
      this.#weights(quantizer, 'embedding', [ABSENT + 1, entropy.embedding]),
    );
    this.#quantizers = quantizers.map((quantizer, i) => {
      const contexts = contextsOf(quantizers, i);
      const ofContexts = contexts.map((context) => embeddings[context.quantizer]!);
      return { ...quantizer, contexts, network: this.#network(quantizer, ofContexts, entropy) };
    });
  }

  coder(quality: number): PageCoder {
    return new PageCoder({
      quality,
      bytes: bytesOfPacket(this.#config, quality),
      quantizers: this.#quantizers,
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

  /** `embeddings`: for each code of context. */
  #network(
    quantizer: Quantizer,
    embeddings: Int32Array[],
    { embedding, hidden }: NonNullable<Json['entropy']>,
  ): Network {
    const biases = (name: string, size: number): Int32Array =>
      this.#file.integers(tensorOf(quantizer, name), [size], -MAX_BIAS, MAX_BIAS);
    return new Network({
      embeddings,
      hiddenWeight: this.#weights(quantizer, 'hidden.weight', [
        hidden,
        embeddings.length * embedding,
      ]),
      hiddenBias: biases('hidden.bias', hidden),
      outputWeight: this.#weights(quantizer, 'output.weight', [CODES, hidden]),
      outputBias: biases('output.bias', CODES),
    });
  }

  #weights(quantizer: Quantizer, name: string, shape: number[]): Int32Array {
    return this.#file.integers(tensorOf(quantizer, name), shape, -MAX_WEIGHT, MAX_WEIGHT);
  }
}

const tensorOf = (quantizer: Quantizer, name: string): string =>
  `entropy.${nameOf(quantizer)}.${name}`;
