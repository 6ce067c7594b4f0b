// The entropy model of a codec model: the networks of all steps of the ladder, from a file of tensors.
import { ladderOf, type LadderStep, type QuantizerConfig } from './ladder.js';
import { contextsOf } from './coding-order.js';
import { ABSENT, CODES, Network } from './network.js';
import { type CodedStep, PageCoder } from './page-coder.js';
import { TensorFile } from './tensor-file.js';

const MAX_WEIGHT = 127;
const MAX_BIAS = 2 ** 20;

interface Json {
  identity: string;
  model: { quantizer: QuantizerConfig };
  entropy?: { embedding: number; hidden: number };
}

export class EntropyModel {
  /** Of the codec model that it belongs to. */
  readonly identity: string;
  readonly #file: TensorFile;
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
    this.#ladder = ladderOf(model.quantizer);
    this.#embedding = entropy.embedding;
    this.#hidden = entropy.hidden;
  }

  coder(quality: number): PageCoder {
    for (let step = this.#steps.length; step < quality; ++step) this.#steps.push(this.#step(step));
    return new PageCoder(this.#steps.slice(0, quality), this.#ladder.length);
  }

  #step(step: number): CodedStep {
    const contexts = contextsOf(this.#ladder, step);
    const hidden = this.#hidden;
    const weights = (of: number, name: string, shape: number[]): Int32Array =>
      this.#file.integers(this.#name(of, name), shape, MAX_WEIGHT);
    const biases = (name: string, size: number): Int32Array =>
      this.#file.integers(this.#name(step, name), [size], MAX_BIAS);
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
