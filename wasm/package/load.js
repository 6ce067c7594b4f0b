// Loading bytes from wherever they are, and motet.wasm, once.
import { checkBytes, isArrayBuffer, unfit } from './arguments.js';
import { concat } from './arrays.js';
import { binaryUrl } from './binary.js';
import { instantiate } from './core.js';
import { isSupported } from './features.js';
import { MotetError, invalid } from './errors.js';
import { platform } from './platform.js';

function describe(error) {
  return error instanceof Error ? error.message : String(error);
}

/** Bytes of a response, counted as they arrive. */
async function readResponse(response, name, { onProgress, signal } = {}) {
  if (!response.ok) {
    throw new MotetError(
      response.status === 404 ? 'not-found' : 'io',
      `${name}: the server answers ${response.status} ${response.statusText}`.trim(),
    );
  }
  const length = Number(response.headers.get('content-length'));
  // A compressed transfer says how many bytes travel, not how many come out.
  const total = length > 0 && !response.headers.get('content-encoding') ? length : undefined;
  const reader = response.body?.getReader();
  const parts = [];
  let loaded = 0;
  try {
    if (!reader) parts.push(new Uint8Array(await response.arrayBuffer()));
    for (let part; reader && !(part = await reader.read()).done;) {
      signal?.throwIfAborted();
      parts.push(part.value);
      loaded += part.value.length;
      onProgress?.({ loaded, total });
    }
  } catch (error) {
    void reader?.cancel().catch(() => {});
    if (signal?.aborted) throw signal.reason;
    throw new MotetError('io', `${name}: loading stopped: ${describe(error)}`);
  }
  return concat(parts);
}

const isOf = (name, value) =>
  typeof globalThis[name] === 'function' && value instanceof globalThis[name];

/** A ByteSource, before anything is loaded. */
export function checkSource(name, source) {
  if (isArrayBuffer(source) || ArrayBuffer.isView(source)) return checkBytes(source, name);
  if (typeof source !== 'string' && !isOf('URL', source) && !isOf('Response', source))
    throw unfit(name, source, 'an address, a Response, a Uint8Array or an ArrayBuffer');
  if (source.bodyUsed)
    throw invalid(`${name} is a Response whose body was read before, wanted one that was not`);
  return source;
}

/** Any ByteSource to its bytes. */
export async function loadBytes(source, options = {}) {
  const { onProgress, signal } = options;
  signal?.throwIfAborted();
  if (isArrayBuffer(source)) return new Uint8Array(source);
  if (ArrayBuffer.isView(source)) return source;
  // Not asked whether it is a Response: Node loads its fetch when that is named, for a tenth of the start.
  if (typeof source !== 'string' && !isOf('URL', source))
    return readResponse(source, source.url || 'the response', options);
  let url;
  try {
    url = platform.resolveAddress(String(source));
  } catch {
    throw invalid(`'${source}' is no address`);
  }
  const name = url.protocol === 'data:' ? 'data:' : url.href;
  let response;
  try {
    const file = await platform.readFile(url);
    if (file) {
      onProgress?.({ loaded: file.length, total: file.length });
      return new Uint8Array(file.buffer, file.byteOffset, file.length);
    }
    response = await fetch(url, { signal });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw new MotetError(
      error.code === 'ENOENT' ? 'not-found' : 'io',
      `${name}: ${describe(error)}`,
    );
  }
  return readResponse(response, name, options);
}

const isModule = (source) =>
  Object.prototype.toString.call(source) === '[object WebAssembly.Module]';

async function compile(source) {
  if (!isSupported())
    throw new MotetError(
      'no-simd',
      'this browser runs no WebAssembly with SIMD, which Motet needs',
    );
  if (isModule(source)) return source;
  const bytes = await loadBytes(source ?? binaryUrl());
  try {
    return await WebAssembly.compile(bytes);
  } catch (error) {
    throw new MotetError('corrupt', `motet.wasm cannot be compiled: ${describe(error)}`);
  }
}

let loading;

/** The core and its compiled module: the same for all callers, from the first source that worked. */
export function loadCore(source) {
  if (source !== undefined && !isModule(source)) checkSource('wasm', source);
  if (loading) return loading;
  // Loaded when the binary is, which it belongs to: no page waits for it before.
  const glue = import('./motet-core.js').then(
    (loaded) => loaded.default,
    (error) => {
      throw new MotetError('io', `motet-core.js: ${describe(error)}`);
    },
  );
  glue.catch(() => undefined); // it is awaited below, unless the binary fails first
  loading = compile(source)
    .then(async (module) => ({ core: await instantiate(module, await glue), module }))
    .catch((error) => {
      loading = undefined;
      throw error;
    });
  return loading;
}
