// 'motet/webcodecs' in Node, Bun and Deno.
import { usePlatform } from '../platform.js';
import * as node from './platform.js';

usePlatform(node);

export * from '../webcodecs.js';
