// Motet with a model file, through the `motet` program.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { run, versionOf } from '../programs/program';
import type { Codec } from './codec';

export interface MotetModel {
  file: string;
  /** "Motet"; with several models "Motet NAME", but for the shipped one. */
  series: string;
  /** Sets coded files of two models apart. */
  hash: string;
}

/** Names of several models: those of their files, told apart by a number where they are the same. */
export function modelsOf(files: readonly string[]): MotetModel[] {
  const names = files.map((file) => basename(file).replace(/\.motetmodel$/, ''));
  return files.map((file, i) => {
    const twin = names.indexOf(names[i]!) !== i || names.lastIndexOf(names[i]!) !== i;
    const name = names[i] === 'motet' ? 'Motet' : `Motet ${names[i]}`;
    return {
      file,
      series: files.length === 1 ? 'Motet' : twin ? `${name} (${i + 1})` : name,
      hash: createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 16),
    };
  });
}

export async function motet(
  program: string,
  model: MotetModel,
  qualities: readonly number[],
): Promise<Codec[]> {
  const version = await versionOf(program);
  return qualities.map((quality) => ({
    id: `motet-${model.hash}-${quality}`,
    series: model.series,
    setting: `quality ${quality}`,
    extension: 'motet',
    identity: `${version} ${model.hash} quality ${quality}, decoded to float`,
    motet: { model: model.file, quality },
    encode: (original, coded) =>
      run(program, [
        ...['encode', '--quiet', '--force', '--no-tags', '--jobs', '1', '--model', model.file],
        ...['--quality', String(quality), original, coded],
      ]),
    // In float: the dither of 16 bits would fill what is silent in the original.
    decode: (coded, decoded) =>
      run(program, [
        ...['decode', '--quiet', '--force', '--float', '--model', model.file],
        ...[coded, decoded],
      ]),
  }));
}
