import { assetUrl } from '#platform';

export const modelUrl = assetUrl(
  'motet.motetmodel',
  new URL('./motet.motetmodel', import.meta.url),
);
