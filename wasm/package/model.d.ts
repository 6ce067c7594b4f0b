/** A model that there was. */
export interface RegisteredModel {
  readonly name: string;
  /** 16 hexadecimal digits, which streams name. */
  readonly identity: string;
  /** The same, of streams of fixed width. */
  readonly codecIdentity: string;
  /** When it was made: '2026-11-28'. */
  readonly date: string;
  /** Of the file. */
  readonly licence: string;
  /** The first version of Motet that it came with; undefined if it came with none. */
  readonly released?: string;
  /** Its name in models/ of Motet's repository. */
  readonly file: string;
  /** The commit of Motet's repository that has the file; undefined if it is there still. */
  readonly commit?: string;
  /** Its address, for Model.load; undefined if this package does not have it. */
  readonly url?: URL;
}

/** All models that there were, the newest first. */
export declare const models: readonly RegisteredModel[];

/** Address of the model that encodes, for Model.load: the newest. */
export declare const modelUrl: URL;

/**
 * Address of the model that a stream names as its `modelIdentity` (`info` and decoders tell it).
 * Throws a MotetError, 'model-mismatch', that says what is known of a model that this package does
 * not have; 'invalid-argument' for what is no identity.
 */
export declare function findModel(identity: string): URL;
