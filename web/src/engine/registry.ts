// The engines by name. Each is loaded when it is first asked for.
import type { Engine, EngineId } from './contract';
import { notLoaded } from './not-loaded';

export const ENGINE_NAMES: Record<EngineId, string> = {
  motet: 'Motet',
  onnx: 'ONNX Runtime Web',
};

const IMPLEMENTATIONS: Record<EngineId, () => Promise<{ load(): Promise<Engine> }>> = {
  motet: () => import('./motet/engine'),
  onnx: () => import('./onnx/engine'),
};

export async function loadEngine(id: EngineId): Promise<Engine> {
  const { load } = await IMPLEMENTATIONS[id]().catch((error: unknown) => {
    throw notLoaded(id, String(error));
  });
  return load();
}
