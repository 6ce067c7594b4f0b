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

declare module 'virtual:models' {
  /** All models that there were, the newest first, as `motet/model` has them. */
  const models: readonly {
    readonly name: string;
    readonly identity: string;
    readonly codecIdentity: string;
    readonly date: string;
  }[];
  export default models;
}
