// Sounds of the page: FLAC in base64, decoded when somebody looks.

export const RATE = 44100;

export async function decode(flac: string): Promise<AudioBuffer> {
  const text = atob(flac);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
  return new OfflineAudioContext(2, 1, RATE).decodeAudioData(bytes.buffer);
}
