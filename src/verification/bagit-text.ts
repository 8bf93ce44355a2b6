/** The text of a tag file, or why it has none. */
export type TagText =
  | { readonly text: string; readonly problem?: undefined }
  | { readonly text?: undefined; readonly problem: 'unknown-encoding' | 'not-in-encoding' };

/** The text of a tag file in the encoding that `bagit.txt` names. A byte order mark is no part of it. */
export function decodeTagText(bytes: Buffer, encoding: string): TagText {
  const label = encoding.toLowerCase();
  // The label means windows-1252 to TextDecoder, which has other characters at 0x80 to 0x9f.
  if (label === 'iso-8859-1' || label === 'latin1') return { text: bytes.toString('latin1') };
  const decoder = decoderOf(label === 'utf-16' ? byteOrderOf(bytes) : label);
  if (decoder === undefined) return { problem: 'unknown-encoding' };
  try {
    return { text: decoder.decode(bytes) };
  } catch {
    return { problem: 'not-in-encoding' };
  }
}

function decoderOf(label: string): InstanceType<typeof TextDecoder> | undefined {
  try {
    return new TextDecoder(label, { fatal: true });
  } catch {
    return undefined;
  }
}

/** UTF-16 begins with a byte order mark, else it is big-endian (RFC 2781, 4.3). */
function byteOrderOf(bytes: Buffer): 'utf-16le' | 'utf-16be' {
  return bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-16be';
}
