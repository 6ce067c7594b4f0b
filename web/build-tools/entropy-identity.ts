/** The identity of the model that a file of tensors belongs to: in its JSON (docs/FORMAT.md). */
export function entropyIdentity(bytes: Uint8Array): string {
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(12, true);
  const json = JSON.parse(new TextDecoder().decode(bytes.subarray(64, 64 + size)));
  return (json as { identity: string }).identity;
}
