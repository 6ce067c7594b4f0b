// Reads the music features of one `.motet` file away from the page's own thread.
import { Model, MotetError, readFeatures, type MotetErrorCode, type MusicFeatures } from 'motet';
import { modelUrl } from 'motet/model';

export type FeaturesReply = { features: MusicFeatures } | { code: MotetErrorCode; message: string };

self.onmessage = async ({ data }: MessageEvent<Uint8Array>) => {
  try {
    const model = await Model.load(modelUrl);
    const features = await readFeatures(model, data);
    self.postMessage({ features } satisfies FeaturesReply);
  } catch (error) {
    const code = error instanceof MotetError ? error.code : 'internal';
    const message = error instanceof Error ? error.message : String(error);
    self.postMessage({ code, message } satisfies FeaturesReply);
  }
};
