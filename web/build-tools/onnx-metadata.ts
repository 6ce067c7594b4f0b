// Reads the metadata properties of an ONNX graph, so that the page knows them before it loads one.

/** ModelProto.metadata_props (field 14) of a serialized graph. */
export function onnxMetadata(bytes: Uint8Array): Record<string, string> {
  const properties: Record<string, string> = {};
  for (const [field, value] of fields(bytes)) {
    if (field !== 14) continue;
    const entry = new Map(fields(value));
    const text = new TextDecoder();
    properties[text.decode(entry.get(1))] = text.decode(entry.get(2));
  }
  return properties;
}

/** The length-delimited fields of a protobuf message; the others are skipped. */
function* fields(bytes: Uint8Array): Generator<[number, Uint8Array]> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error('the ONNX graph ends early');
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    switch (tag & 7) {
      case 0:
        varint();
        break;
      case 1:
        at += 8;
        break;
      case 2: {
        const size = varint();
        yield [tag >>> 3, bytes.subarray(at, at + size)];
        at += size;
        break;
      }
      case 5:
        at += 4;
        break;
      default:
        throw new Error(`not a protobuf: wire type ${tag & 7}`);
    }
  }
}
