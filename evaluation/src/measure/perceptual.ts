// ViSQOL and Zimtohrli, which predict what listeners would say. Both are Python programs: they get a
// virtual environment of their own, and run in it as external programs.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../programs/program';
import type { Judge } from './measurement';

const VISQOL = 'visqol-python==3.8.0';
const ZIMTOHRLI = 'zimtohrli==0.2.1.post1';
/** That reads WAV files for zimtohrli, which takes arrays. */
const SOUNDFILE = 'soundfile==0.14.0';

/** One command line of the environment's interpreter: both files, at 48 kHz in mono. */
const ZIMTOHRLI_LINE =
  'import sys, soundfile, zimtohrli; ' +
  'a, b = (soundfile.read(f, dtype="float32")[0] for f in sys.argv[1:]); ' +
  'print(zimtohrli.mos_from_signals(a, b))';

/** Makes the environment in `folder` where it is not there, and says what judges there are then. */
export async function perceptualJudges(folder: string, ffmpeg: string): Promise<Judge[]> {
  const python = join(folder, 'bin', 'python');
  if (!existsSync(join(folder, 'bin', 'visqol'))) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, '..'), { recursive: true });
    await run('python3', ['-m', 'venv', folder]);
    await run(python, ['-m', 'pip', 'install', '--quiet', VISQOL, ZIMTOHRLI, SOUNDFILE]);
  }
  return [
    judge('visqol', VISQOL, ffmpeg, async (reference, degraded) => {
      const { stdout } = await run(join(folder, 'bin', 'visqol'), [
        '-r',
        reference,
        '-d',
        degraded,
      ]);
      return /MOS-LQO:\s+([0-9.]+)/.exec(stdout)?.[1];
    }),
    judge('zimtohrli', ZIMTOHRLI, ffmpeg, async (reference, degraded) => {
      const { stdout } = await run(python, ['-c', ZIMTOHRLI_LINE, reference, degraded]);
      return stdout.trim();
    }),
  ];
}

function judge(
  name: string,
  identity: string,
  ffmpeg: string,
  ask: (reference: string, degraded: string) => Promise<string | undefined>,
): Judge {
  /** The mean of left and right at 48 kHz: what both take. */
  const prepare = async (file: string, to: string): Promise<string> => {
    await run(ffmpeg, [
      ...['-v', 'error', '-nostdin', '-y', '-i', file, '-ac', '1', '-ar', '48000'],
      ...['-c:a', 'pcm_s16le', to],
    ]);
    return to;
  };
  return {
    name,
    identity,
    score: async (reference, degraded) => {
      const files = [`${degraded}.${name}-a.wav`, `${degraded}.${name}-b.wav`] as const;
      try {
        await prepare(reference, files[0]);
        await prepare(degraded, files[1]);
        const answer = Number((await ask(...files)) ?? NaN);
        return Number.isFinite(answer) ? answer : null;
      } finally {
        for (const file of files) rmSync(file, { force: true });
      }
    },
  };
}
