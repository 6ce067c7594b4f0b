// Where the worker begins in Node.
import { parentPort } from 'node:worker_threads';
import { serve } from '../worker-thread.js';

parentPort.on('message', (data) =>
  serve(data, (message, transfer) => parentPort.postMessage(message, transfer)),
);
