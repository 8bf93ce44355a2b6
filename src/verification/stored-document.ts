import type { Finding } from './finding.ts';
import { printable } from './finding.ts';
import { openStored, readStored } from './stored-file.ts';

/** The bytes of a file that is read into memory as a whole, or why there are none. */
export type StoredDocument =
  | { readonly bytes: Buffer; readonly bytesRead: number; readonly finding?: undefined }
  | { readonly bytes?: undefined; readonly bytesRead: number; readonly finding: Finding };

/** What reading a document is given. */
export interface DocumentReadOptions {
  readonly documentBytesMax: number;
  readonly signal?: AbortSignal | undefined;
  /** What its being missing means: the end of a sentence. */
  readonly whenMissing?: string;
}

/** Reads a small file: a manifest, a list. `file` is its name in findings. */
export async function readDocument(
  location: string,
  file: string,
  { documentBytesMax, signal, whenMissing }: DocumentReadOptions,
): Promise<StoredDocument> {
  const name = printable(file);
  const refuse = (kind: Finding['kind'], message: string, bytesRead = 0): StoredDocument => ({
    finding: { kind, file, message },
    bytesRead,
  });
  const handle = await openStored(location);
  if ('reason' in handle) {
    if (handle.reason === 'missing') {
      return refuse('missing', `${name} is not there${whenMissing === undefined ? '' : `: ${whenMissing}`}.`);
    }
    if (handle.reason === 'not-regular') return refuse('hostile', `${name} is not a regular file.`);
    return refuse(handle.reason, `${name} cannot be opened (${handle.code}).`);
  }
  const { size } = await handle.stat();
  if (size > documentBytesMax) {
    await handle.close();
    return refuse('hostile', `${name} has ${size} bytes; at most ${documentBytesMax} are read.`);
  }
  const pieces: Buffer[] = [];
  const read = await readStored(handle, (bytes) => void pieces.push(Buffer.from(bytes)), { signal });
  if (read.failure !== undefined) {
    return refuse('unreadable', `${name} cannot be read (${read.failure.code}).`, read.bytesRead);
  }
  if (read.changed) return refuse('changed-while-read', `${name} changed while it was read.`, read.bytesRead);
  return { bytes: Buffer.concat(pieces), bytesRead: read.bytesRead };
}
