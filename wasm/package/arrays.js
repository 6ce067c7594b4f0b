/** One array of what came in parts; a single part as it is. */
export function concat(parts, Type = Uint8Array) {
  if (parts.length === 1) return parts[0];
  const whole = new Type(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
