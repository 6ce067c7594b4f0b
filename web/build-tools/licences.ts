// licences.txt beside the page: whose work is in it, and on what terms.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/** Is loaded when somebody reads it. */
export const LICENCES = 'licences.txt';

/** What packages carry inside, and say nothing of. */
const INSIDE = `libFLAC (in @mediabunny/flac-encoder): Copyright 2000-2009 Josh Coalson, 2011-2025 Xiph.Org Foundation
libopus (in opus-recorder and opus-decoder): Copyright 2001-2023 Xiph.Org, Skype Limited, Octasic,
Jean-Marc Valin, Timothy B. Terriberry, CSIRO, Gregory Maxwell, Mark Borgerding, Erik de Castro Lopo,
Mozilla, Amazon

Redistribution and use in source and binary forms, with or without modification, are permitted provided
that the following conditions are met:

- Redistributions of source code must retain the above copyright notice, this list of conditions and the
  following disclaimer.
- Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the
  following disclaimer in the documentation and/or other materials provided with the distribution.
- Neither the name of Internet Society, IETF or IETF Trust, the Xiph.Org Foundation, nor the names of specific
  contributors, may be used to endorse or promote products derived from this software without specific prior
  written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED
WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A
PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT OWNER OR CONTRIBUTORS BE LIABLE FOR ANY
DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO,
PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER
CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR
OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH
DAMAGE.
`;

interface Manifest {
  version: string;
  license: string;
  homepage?: string;
  dependencies?: Record<string, string>;
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** `root`: of the page, whose dependencies are in it. */
export function licences(root: string): Plugin {
  return {
    name: 'motet:licences',
    apply: 'build',
    generateBundle() {
      const parts = Object.keys(manifestOf(root).dependencies ?? {}).map((name) => {
        const folder = join(root, 'node_modules', name);
        const { version, license, homepage = '' } = manifestOf(folder);
        const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
        const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim();
        return `${name} ${version}: ${license} ${homepage}\n\n${text}\n`;
      });
      const line = `\n${'-'.repeat(72)}\n\n`;
      this.emitFile({
        type: 'asset',
        fileName: LICENCES,
        source: ['Libraries in this page, and their licences.\n', ...parts, INSIDE].join(line),
      });
    },
  };
}
