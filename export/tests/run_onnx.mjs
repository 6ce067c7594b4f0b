// Runs one ONNX model once: node run_onnx.mjs RUNTIME MODEL INPUT_FILE INPUT_SHAPE OUTPUT_FOLDER
// RUNTIME is the main file of an npm package with ONNX Runtime's JavaScript interface (onnxruntime-web or
// onnxruntime-node). The only input is read as raw float32 or int64, whichever the model takes, of a shape such as
// "1x2x4096"; each output goes to OUTPUT_FOLDER/<name>, raw. On stdout: the time of the run in ms.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [runtime, model, inputFile, shape, outputFolder] = process.argv.slice(2);
const module = await import(pathToFileURL(runtime).href);
const ort = module.default ?? module;
if (ort.env?.wasm) ort.env.wasm.numThreads = 1;

const session = await ort.InferenceSession.create(new Uint8Array(await readFile(model)));
const [name] = session.inputNames;
const bytes = new Uint8Array(await readFile(inputFile)).buffer;
const isCodes = name === 'codes';
const data = isCodes ? new BigInt64Array(bytes) : new Float32Array(bytes);
const dims = shape.split('x').map(Number);
const feeds = { [name]: new ort.Tensor(isCodes ? 'int64' : 'float32', data, dims) };

const start = performance.now();
const outputs = await session.run(feeds);
const elapsed = performance.now() - start;
for (const [output, tensor] of Object.entries(outputs)) {
  const { buffer, byteOffset, byteLength } = tensor.data;
  await writeFile(join(outputFolder, output), new Uint8Array(buffer, byteOffset, byteLength));
}
console.log(elapsed.toFixed(1));
process.exit(0); // onnxruntime-web keeps its worker threads alive
