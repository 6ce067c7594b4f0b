// Modules that vite.config.ts makes.
declare module 'virtual:onnx-metadata' {
  const properties: Record<string, string>;
  export default properties;
}

/** Address of the entropy model's tables; undefined if the model has none. */
declare module 'virtual:onnx-entropy' {
  const url: string | undefined;
  export default url;
}
