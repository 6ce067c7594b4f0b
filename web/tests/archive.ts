// Reading a ZIP archive as others do.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { builtFile } from './chromium';

/**
 * Its files by name. Two programs must agree: unzip goes by the directory at the end, bsdtar reads from
 * the beginning, as from a pipe.
 */
export function unzip(bytes: Buffer): Map<string, Buffer> {
  const folder = builtFile('fixtures/archive');
  const archive = builtFile('fixtures/archive.zip');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(archive, bytes);
  execFileSync('bsdtar', ['-x', '-f', '-', '-C', folder], { input: bytes });
  const run = (...args: string[]): Buffer =>
    execFileSync('unzip', args, { maxBuffer: 2 ** 30, stdio: ['ignore', 'pipe', 'inherit'] });
  run('-t', archive);
  const names = run('-Z1', archive).toString().trim().split('\n');
  return new Map(
    names.map((name) => {
      const content = readFileSync(join(folder, name));
      expect(content.equals(run('-p', archive, name)), `both read ${name} alike`).toBe(true);
      return [name, content];
    }),
  );
}
