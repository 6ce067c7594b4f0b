/** The binary, where a bundler makes modules of such files: for Model.load(…, { wasm }). */
declare const wasm: WebAssembly.Module;
export default wasm;
