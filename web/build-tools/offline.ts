// After the bundle is made: which files each engine needs (for the table of engines), and a service
// worker that knows every file of the page.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build, type Plugin, type Rollup } from 'vite';

interface Options {
  /** TypeScript of the service worker. */
  worker: string;
  /** Entry module of each engine, and of what else the page may load later. */
  engines: Record<string, string>;
  /** Those of them that are kept for offline use only after they were used. */
  onDemand: string[];
  /** Files that are not kept before somebody has opened them. */
  documents: string[];
}

interface EngineFiles {
  files: string[];
  bytes: number;
  gzipBytes: number;
}

const contentOf = (file: Rollup.OutputAsset | Rollup.OutputChunk): Uint8Array =>
  typeof (file.type === 'chunk' ? file.code : file.source) === 'string'
    ? Buffer.from((file.type === 'chunk' ? file.code : file.source) as string)
    : ((file as Rollup.OutputAsset).source as Uint8Array);

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Files that can be reached from one of them: a script names every file that it loads. */
function closure(
  bundle: Rollup.OutputBundle,
  start: string,
  stop: ReadonlySet<string>,
): Set<string> {
  const reached = new Set<string>();
  const visit = (name: string): void => {
    if (reached.has(name) || stop.has(name)) return;
    reached.add(name);
    if (!/\.m?js$/.test(name)) return;
    const code = Buffer.from(contentOf(bundle[name]!)).toString();
    for (const other of Object.keys(bundle)) if (code.includes(baseName(other))) visit(other);
  };
  visit(start);
  return reached;
}

export function offline({ worker, engines, onDemand, documents }: Options): Plugin {
  let precache: Array<{ url: string; revision: string | null }> = [];
  let onDemandFiles: string[] = [];
  let outDir = '';
  let publicDir = '';
  return {
    name: 'motet:offline',
    apply: 'build',
    enforce: 'post',
    configResolved(config) {
      ({ outDir } = config.build);
      ({ publicDir } = config);
    },
    generateBundle(_, bundle) {
      for (const name of Object.keys(bundle)) if (name.endsWith('.map')) delete bundle[name];
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
      const chunkOf = (id: string): string => {
        const chunk = chunks.find((each) => each.facadeModuleId?.endsWith(id));
        if (chunk === undefined) this.error(`no chunk has ${id} as its entry`);
        return chunk.fileName;
      };
      const starts = Object.entries(engines).map(([id, module]) => [id, chunkOf(module)] as const);
      const entry = chunks.find((chunk) => chunk.isEntry)!.fileName;
      const page = closure(bundle, entry, new Set(starts.map(([, name]) => name)));
      const report: Record<string, EngineFiles> = {};
      for (const [id, start] of starts) {
        const files = [...closure(bundle, start, page)].sort();
        const contents = files.map((name) => contentOf(bundle[name]!));
        report[id] = {
          files,
          bytes: contents.reduce((sum, { length }) => sum + length, 0),
          gzipBytes: contents.reduce((sum, bytes) => sum + gzipSync(bytes).length, 0),
        };
      }
      const others = new Set(
        Object.entries(report).flatMap(([id, { files }]) => (onDemand.includes(id) ? [] : files)),
      );
      onDemandFiles = onDemand.flatMap((id) =>
        report[id]!.files.filter((file) => !others.has(file)),
      );
      onDemandFiles.push(...documents);
      this.emitFile({
        type: 'asset',
        fileName: 'engines.json',
        source: JSON.stringify(report, null, 1),
      });
    },
    async writeBundle(_, bundle) {
      // Names in assets/ carry a hash of the content; the others need one.
      const entry = (url: string, content: Uint8Array): (typeof precache)[number] => ({
        url,
        revision: url.startsWith('assets/')
          ? null
          : createHash('sha256').update(content).digest('hex').slice(0, 16),
      });
      precache = Object.values(bundle)
        .filter(({ fileName }) => !onDemandFiles.includes(fileName))
        .map((file) => entry(file.fileName, contentOf(file)));
      for (const name of readdirSync(publicDir)) {
        precache.push(entry(name, readFileSync(`${publicDir}/${name}`)));
      }
      await build({
        configFile: false,
        publicDir: false,
        logLevel: 'warn',
        define: {
          PRECACHE: JSON.stringify(precache),
          ON_DEMAND: JSON.stringify(onDemandFiles),
          'process.env.NODE_ENV': '"production"',
        },
        build: {
          outDir,
          emptyOutDir: false,
          target: 'es2022',
          rollupOptions: {
            input: worker,
            output: { entryFileNames: 'service-worker.js', format: 'iife' },
          },
        },
      });
    },
  };
}
