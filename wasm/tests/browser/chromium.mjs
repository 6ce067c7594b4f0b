// Debian's Chromium, quiet: no request of its own.
import { existsSync } from 'node:fs';

const candidates = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'];

/** Where it is; throws if it is nowhere. */
export function chromiumPath() {
  const path = candidates.find((file) => file !== undefined && existsSync(file));
  if (path === undefined)
    throw new Error('Chromium is missing: apt-get install chromium, or name it in $CHROMIUM');
  return path;
}

export const QUIET_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
];
