// A sound device that leads nowhere, for browsers that start no sound where there is none: PulseAudio, of
// Debian.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PATH = '/usr/bin/pulseaudio';
const START_MS = 20_000;

/**
 * @returns {Promise<{ env: Record<string, string>, close: () => Promise<void> }>} Environment variables by which
 *   programs find it, and what ends it.
 */
export async function startSoundDevice() {
  if (!existsSync(PATH)) throw new Error('PulseAudio is missing: apt-get install pulseaudio');
  const folder = mkdtempSync(join(tmpdir(), 'motet-sound-'));
  const socket = join(folder, 'socket');
  const server = spawn(
    PATH,
    [
      ...['-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no'],
      ...['-L', `module-native-protocol-unix auth-anonymous=1 socket=${socket}`],
      ...['-L', 'module-null-sink rate=44100'],
    ],
    { stdio: 'ignore', env: { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder } },
  );
  const close = async () => {
    server.kill();
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
    rmSync(folder, { recursive: true, force: true });
  };
  for (const begin = Date.now(); !existsSync(socket);) {
    if (Date.now() - begin > START_MS) {
      await close();
      throw new Error('PulseAudio does not start');
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  return { env: { PULSE_SERVER: `unix:${socket}` }, close };
}
