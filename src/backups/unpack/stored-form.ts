import { open } from 'node:fs/promises';
import { claimedFormat, HEAD_BYTES, seenFormat } from '../../verification/format.ts';

/** Whether a file is an archive or packed in something, by its first bytes. A link is not followed. */
export async function isPacked(path: string): Promise<boolean> {
  const seen = seenFormat(await headOf(path));
  return seen?.packing !== undefined || seen?.content === 'tar' || seen?.content === 'zip';
}

/** The first bytes of a file: as many as tell its format. */
export async function headOf(path: string): Promise<Buffer> {
  await using file = await open(path, 'r');
  const { bytesRead, buffer } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
  return buffer.subarray(0, bytesRead);
}

/** The name of a file without the endings that say what it is packed in: `app.sql.gz.age` is `app.sql`. */
export function unpackedName(name: string): string {
  const { packings } = claimedFormat(name);
  const parts = name.split('.');
  return parts.length > packings.length ? parts.slice(0, parts.length - packings.length).join('.') : name;
}
