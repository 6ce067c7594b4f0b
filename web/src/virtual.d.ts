// Modules that vite.config.ts makes.
declare module 'virtual:onnx-metadata' {
  const properties: Record<string, string>;
  export default properties;
}
