import { assetUrl } from './asset-url.js';

export const modelUrl = assetUrl(
  'motet.motetmodel',
  new URL('./motet.motetmodel', import.meta.url),
);
