/** Address of the model that this package ships, for Model.load. */
export declare const modelUrl: URL;
