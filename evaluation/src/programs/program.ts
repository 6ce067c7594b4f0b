// Programs that the evaluation runs, each in a process of its own.
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where a program of the PATH lies; undefined where there is none. */
export function findProgram(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // not here
    }
  }
  return undefined;
}

/** What a program wrote. */
export interface Output {
  stdout: string;
  stderr: string;
}

/**
 * Runs a program to its end. Throws an error with what it said where it ends with another code than
 * `wanted`, one of several.
 */
export function run(
  program: string,
  args: readonly string[],
  wanted: readonly number[] = [0],
): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      // One thread for each program: there are as many jobs as processors.
      env: { ...process.env, LC_ALL: 'C.UTF-8', OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (bytes: Buffer) => out.push(bytes));
    child.stderr.on('data', (bytes: Buffer) => err.push(bytes));
    child.on('error', (error) => reject(new Error(`${program}: ${error.message}`)));
    child.on('close', (code, signal) => {
      const stdout = Buffer.concat(out).toString();
      const stderr = Buffer.concat(err).toString();
      if (code !== null && wanted.includes(code)) resolve({ stdout, stderr });
      else {
        const why = (stderr.trim() || stdout.trim()).split('\n').slice(-5).join('\n');
        reject(new Error(`${program} ${args.join(' ')} failed (${signal ?? code}): ${why}`));
      }
    });
  });
}

/** The first line that a program says of its version. */
export async function versionOf(program: string, option = '--version'): Promise<string> {
  // fdkaac ends its help with 1.
  const { stdout, stderr } = await run(program, [option], [0, 1]);
  return (stdout.trim() || stderr.trim()).split('\n')[0]!.trim();
}
