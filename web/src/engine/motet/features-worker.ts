// Reads the music features of one `.motet` file away from the page's own thread.
import { Model, MotetError, readFeatures, type MotetErrorCode } from 'motet';
import { modelUrl } from 'motet/model';
import type { FeaturesSummary, Part } from '../contract';
import { summarize } from '../features';

export interface FeaturesRequest {
  bytes: Uint8Array<ArrayBuffer>;
  part: Part | undefined;
}

export type FeaturesReply =
  { features: FeaturesSummary } | { code: MotetErrorCode; message: string };

self.onmessage = async ({ data: { bytes, part } }: MessageEvent<FeaturesRequest>) => {
  try {
    const model = await Model.load(modelUrl);
    const features = summarize(await readFeatures(model, bytes), part);
    self.postMessage({ features } satisfies FeaturesReply);
  } catch (error) {
    const code = error instanceof MotetError ? error.code : 'internal';
    const message = error instanceof Error ? error.message : String(error);
    self.postMessage({ code, message } satisfies FeaturesReply);
  }
};
