// The engines that were used so far; each is loaded once.
import type { Engine, EngineId } from '../engine/contract';
import { ENGINE_NAMES, loadEngine } from '../engine/registry';
import type { Report } from '../ui/activity';
import { keepPart } from './keep-part';

export class Engines {
  readonly #loaded = new Map<EngineId, Promise<Engine>>();

  /** `chosen` says which one the person wants now. */
  constructor(private readonly chosen: () => EngineId) {}

  /** The engine that is chosen. */
  get(report?: Report): Promise<Engine> {
    const id = this.chosen();
    let engine = this.#loaded.get(id);
    if (engine === undefined) {
      engine = load(id);
      this.#loaded.set(id, engine);
      engine.catch(() => this.#loaded.delete(id)); // the next use tries again
    }
    report?.(`Starting ${ENGINE_NAMES[id]}`);
    return engine;
  }

  /** So that it is ready when it is needed; if it fails, that use will say so. */
  prepare(): void {
    this.get().catch(() => undefined);
  }
}

async function load(id: EngineId): Promise<Engine> {
  const engine = await loadEngine(id);
  if (id === 'onnx') {
    await engine.warmUp(); // its graphs take seconds to load
    keepPart(id);
  }
  return engine;
}
