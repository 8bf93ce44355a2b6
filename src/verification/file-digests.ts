import { type ChunkDigests, ChunkedDigest, chunkBytesFor } from './chunked-digest.ts';
import { digestOfBytes } from './digest-algorithm.ts';
import { READ_BYTES } from './digester.ts';
import { type Finding, printable } from './finding.ts';
import { type OpenFailure, openStored, readSmall, readStored, type StoredRead } from './stored-file.ts';

/** What one pass over a file showed. */
export interface FileDigests {
  readonly sizeBytes: number;
  /** Lower-case hexadecimal, by the algorithm's name in `node:crypto`. */
  readonly digests: Readonly<Record<string, string>>;
  /** When chunks were asked for: as `FileDigest` has them. */
  readonly chunks?: ChunkDigests;
  /** A read failed and a second one succeeded. */
  readonly warning?: Finding;
}

/** What is to be made of a file. */
export interface DigestOptions {
  /** In the words of `node:crypto`; none: the file is only read. */
  readonly algorithms: readonly string[];
  /** Digest the pieces of files of at least so many bytes too, in pieces of `chunkBytes` or as `chunkBytesFor` says. */
  readonly chunksFrom?: { readonly sizeBytes: number; readonly chunkBytes?: number | undefined } | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Bytes that were read since the last call. */
  readonly onRead?: ((bytes: number) => void) | undefined;
  /** Waited for after each piece that was read. */
  readonly pace?: ((bytes: number) => Promise<void>) | undefined;
}

/**
 * Reads a file once and digests it in every way that is asked for. `name` stands for it in findings. Answers a finding
 * when it is not there, no regular file, unreadable, or moved while it was read.
 */
export async function digestFile(
  location: string | Buffer,
  name: string,
  options: DigestOptions,
): Promise<FileDigests | Finding> {
  const small = digestSmall(location, options);
  if (small === undefined) return digestStreaming(location, name, options);
  if (options.pace !== undefined) await options.pace(small.sizeBytes);
  return small;
}

/** Whether the answer of `digestFile` is a finding. */
export function isFinding(answer: FileDigests | Finding): answer is Finding {
  return 'kind' in answer;
}

/** Read and digested before anything else runs, so one is enough. */
let smallBuffer: Buffer | undefined;

/** Files below one read are read at once. Whatever is unusual is left to the other way, which explains it. */
function digestSmall(location: string | Buffer, options: DigestOptions): FileDigests | undefined {
  options.signal?.throwIfAborted();
  const { chunksFrom, algorithms, onRead } = options;
  smallBuffer ??= Buffer.allocUnsafeSlow(READ_BYTES);
  const small = readSmall(location, smallBuffer);
  if (small === undefined) return undefined;
  const { bytes } = small;
  if (chunksFrom !== undefined && bytes.length >= chunksFrom.sizeBytes) return undefined;
  onRead?.(bytes.length);
  return { sizeBytes: bytes.length, digests: digestsOf(algorithms, (algorithm) => digestOfBytes(algorithm, bytes)) };
}

async function digestStreaming(
  location: string | Buffer,
  name: string,
  { algorithms, chunksFrom, signal, onRead, pace }: DigestOptions,
): Promise<FileDigests | Finding> {
  // Names that are no UTF-8 have to be given as bytes, which the system's calls take as well as text.
  const handle = await openStored(location as string);
  if ('reason' in handle) return openFinding(name, handle);
  const { size } = await handle.stat();
  const isChunked = chunksFrom !== undefined && size >= chunksFrom.sizeBytes;
  const digest = new ChunkedDigest({
    algorithms: algorithms.filter((algorithm) => algorithm !== 'sha256'),
    chunkBytes: isChunked ? (chunksFrom.chunkBytes ?? chunkBytesFor(size)) : undefined,
  });
  const read = await readStored(
    handle,
    (bytes) => {
      digest.update(bytes);
      onRead?.(bytes.length);
      return undefined;
    },
    { signal, pace },
  );
  const fault = readFinding(name, read);
  if (fault !== undefined) return fault;
  const { sha256, others, chunks } = digest.finish();
  const digests = digestsOf(algorithms, (algorithm) => (algorithm === 'sha256' ? sha256 : (others[algorithm] ?? '')));
  const warning = curedFinding(name, read);
  return {
    sizeBytes: read.bytesRead,
    digests,
    ...(chunks === undefined ? {} : { chunks }),
    ...(warning === undefined ? {} : { warning }),
  };
}

function digestsOf(algorithms: readonly string[], digest: (algorithm: string) => string): Record<string, string> {
  return Object.fromEntries(algorithms.map((algorithm) => [algorithm, digest(algorithm)]));
}

/** Why a file could not be opened, as a finding. */
function openFinding(file: string, { reason, code }: OpenFailure): Finding {
  const name = printable(file);
  if (reason === 'missing') return { kind: 'missing', file, message: `${name} is not there.` };
  if (reason === 'not-regular') {
    return { kind: 'hostile', file, message: `${name} is not a regular file; links and devices are not followed.` };
  }
  if (reason === 'no-access')
    return { kind: reason, file, message: `${name} may not be read by this process (${code}).` };
  return { kind: reason, file, message: `${name} cannot be opened (${code}).` };
}

function readFinding(file: string, { failure, changed }: StoredRead): Finding | undefined {
  if (failure !== undefined) {
    const { offset, endOffset, code } = failure;
    const message = `${printable(file)} cannot be read at byte ${offset} (${code}).`;
    return { kind: 'unreadable', file, offset, endOffset, message };
  }
  if (!changed) return undefined;
  return { kind: 'changed-while-read', file, message: `${printable(file)} changed while it was read: check it again.` };
}

function curedFinding(file: string, { cured }: StoredRead): Finding | undefined {
  const [first] = cured;
  if (first === undefined) return undefined;
  const message = `Reading ${printable(file)} failed at byte ${first.offset} (${first.code}); a second read succeeded. The medium is failing.`;
  return { kind: 'unstable-read', file, offset: first.offset, message };
}
