/** The model that this package ships, where a bundler makes modules of such files: for Model.load. */
declare const bytes: ArrayBuffer;
export default bytes;
