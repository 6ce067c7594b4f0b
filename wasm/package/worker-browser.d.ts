// A worker's entry, for bundlers that must be told of it; it offers nothing to import.
export {};
