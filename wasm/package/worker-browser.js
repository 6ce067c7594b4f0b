// Where the worker begins in browsers.
import { serve } from './worker-thread.js';

globalThis.onmessage = ({ data }) =>
  serve(data, (message, transfer) => globalThis.postMessage(message, transfer));
