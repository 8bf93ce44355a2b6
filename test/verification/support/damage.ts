/** The bytes with one bit turned. */
export function flipped(bytes: Buffer, at: number, bit = 0): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ (1 << bit);
  return copy;
}

/** The bytes with a range overwritten. */
export function overwritten(bytes: Buffer, at: number, length: number, byte = 0): Buffer {
  return Buffer.from(bytes).fill(byte, at, at + length);
}

/** The bytes with two blocks exchanged, as a misdirected write leaves them. */
export function swapped(bytes: Buffer, first: number, second: number, length: number): Buffer {
  const copy = Buffer.from(bytes);
  bytes.copy(copy, first, second, second + length);
  bytes.copy(copy, second, first, first + length);
  return copy;
}
