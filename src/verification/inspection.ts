import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Identity } from './age-identities.ts';
import { ChunkedDigest, type FileDigest, type WantedDigests } from './chunked-digest.ts';
import type { ContentOptions, ContentResult, ContentSource, ContentWalker } from './content.ts';
import type { ArchiveHooks } from './create-walker.ts';
import { type DigestSource, INLINE_DIGESTS } from './digest-thread.ts';
import type { Finding } from './finding.ts';
import { claimedFormat, type Format } from './format.ts';
import { Layer, type LayerReport } from './layer.ts';
import { includesLevel, type Level } from './level.ts';
import type { VerificationLimits } from './limits.ts';
import {
  type OpenFailure,
  openStored,
  type ReadableHandle,
  readSmall,
  readStored,
  type SmallFile,
  type StoredRead,
} from './stored-file.ts';

/** What to do with one stored file. */
export interface InspectionOptions {
  readonly directory: string;
  /** Relative to the directory; also its name in findings. */
  readonly file: string;
  /** What the system must be asked for where the name is not UTF-8, byte for byte. */
  readonly location?: Uint8Array | undefined;
  readonly level: Level;
  /** Digests besides the SHA-256, which is always made. */
  readonly wanted?: WantedDigests | undefined;
  readonly limits: VerificationLimits;
  /** The length of the decoded stream, when it is on record: no expansion up to it is a bomb. */
  readonly decodedBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Bytes that were read since the last call. */
  readonly onRead?: ((bytes: number) => void) | undefined;
  /** Waited for after each piece that was read. */
  readonly pace?: ((bytes: number) => Promise<void>) | undefined;
  /** Where the digests are made: in the reading thread unless told. */
  readonly digests?: DigestSource | undefined;
  /** Open what is encrypted with age. */
  readonly identities?: readonly Identity[] | undefined;
  /** Parse a `json` file and keep its bytes, and those of a `text` file. Otherwise they are like any other bytes. */
  readonly keepsDocuments?: boolean;
  /** Walks the innermost content, whatever it looks like. */
  readonly openContent?: ((options: ContentOptions) => ContentWalker) | undefined;
  /** What is done with the entries of a tar. Their digests are made at level `content` only. */
  readonly hooks?: ArchiveHooks | undefined;
}

/** What one pass over a stored file showed. Nothing is concluded here: that is for `diagnose`. */
export interface Inspection {
  readonly file: string;
  readonly format: Format;
  readonly openFailure?: OpenFailure;
  readonly read?: StoredRead;
  readonly digest?: FileDigest;
  /** What is wrong with the structure, in the order of the stream. */
  readonly structure: readonly Finding[];
  /** For contents that are walked. */
  readonly content?: ContentResult;
  /** Bytes of the innermost content. */
  readonly decodedBytes: number;
  /** The decoded bytes of a `json` or `text` file. */
  readonly document?: Buffer;
  /** `structure` when something looked into every byte, `digest` when they were only read. */
  readonly level: Level;
}

/** An open file, as far as an inspection needs it. */
export type OpenFile = ReadableHandle & Pick<FileHandle, 'fd'>;

/** Reads one stored file exactly once: digests it, and at the same time decodes and walks it as deep as the level asks. */
export async function inspectFile(options: InspectionOptions): Promise<Inspection> {
  options.signal?.throwIfAborted();
  const path = join(options.directory, options.file);
  const location = options.location ?? path;
  const small = readSmall(location);
  if (small !== undefined) return inspectBytes(path, small, options);
  const handle = await openStored(location);
  if ('reason' in handle) return { ...unreadInspection(options.file), openFailure: handle };
  try {
    return await inspectOpened(handle, options);
  } finally {
    await handle.close();
  }
}

async function inspectBytes(path: string, { bytes, read }: SmallFile, options: InspectionOptions): Promise<Inspection> {
  const digest = new ChunkedDigest(options.wanted);
  const source = {
    path,
    sizeBytes: bytes.length,
    read: async (at: number, length: number) => bytes.subarray(at, at + length),
  };
  const layer = layerOf(options, source);
  try {
    digest.update(bytes);
    options.onRead?.(bytes.length);
    if (bytes.length > 0) await layer.write(bytes);
    await options.pace?.(bytes.length);
    await layer.end('at-end');
    return { file: options.file, read, digest: digest.finish(), ...concluded(layer.report()) };
  } finally {
    layer.close();
  }
}

/** The same of a file that is open already; whoever opened it closes it. */
export async function inspectOpened(handle: OpenFile, options: InspectionOptions): Promise<Inspection> {
  const storedBytes = (await handle.stat()).size;
  const path = options.location === undefined ? join(options.directory, options.file) : pathOf(handle);
  const digester = (options.digests ?? INLINE_DIGESTS).digester(storedBytes, options.wanted ?? {});
  const layer = layerOf(options, sourceOf(handle, path, storedBytes));
  try {
    const take = (bytes: Buffer) => {
      digester.update(bytes);
      options.onRead?.(bytes.length);
      return layer.write(bytes);
    };
    const { signal, pace } = options;
    const read = await readStored(handle, take, { signal, pace, buffers: digester.buffers, keepOpen: true });
    await layer.end(read.failure === undefined ? 'at-end' : 'cut');
    return { file: options.file, read, digest: await digester.finish(), ...concluded(layer.report()) };
  } finally {
    digester.close();
    layer.close();
  }
}

function layerOf(options: InspectionOptions, source: ContentSource): Layer {
  const { file, limits, decodedBytes, level, hooks, identities, openContent } = options;
  const context = {
    file,
    limits: { ...limits, expansionFreeBytes: Math.max(limits.expansionFreeBytes, decodedBytes ?? 0) },
    source,
    storedBytes: source.sizeBytes,
    isDeep: includesLevel(level, 'structure'),
    keepsDocuments: options.keepsDocuments === true,
    hooks: hooksAt(level, hooks),
    identities,
    openContent,
  };
  return new Layer(context, claimedFormat(file));
}

/** What is known of a file before anything of it was read. */
function unreadInspection(file: string): Inspection {
  const { packings, contents } = claimedFormat(file);
  const format = { packings, content: contents?.[0] ?? 'opaque' };
  return { file, format, structure: [], decodedBytes: 0, level: 'presence' };
}

/** Whether it is there, a regular file, and how long: without reading it. */
export async function lookAtFile(directory: string, file: string, location?: Uint8Array): Promise<Inspection> {
  const handle = await openStored(location ?? join(directory, file));
  const unread = { ...unreadInspection(file), level: 'presence' } as const;
  if ('reason' in handle) return { ...unread, openFailure: handle };
  const { size } = await handle.stat();
  await handle.close();
  return { ...unread, read: { sizeBytes: size, bytesRead: 0, changed: false, cured: [] } };
}

/** A path in plain letters by which other programs reach a file of any name, as long as it is open here. */
function pathOf({ fd }: OpenFile): string {
  return `/proc/${process.pid}/fd/${fd}`;
}

/** Bytes that lie in the file as it is can be looked up by their place. */
function sourceOf(handle: ReadableHandle, path: string, sizeBytes: number): ContentSource {
  return {
    path,
    sizeBytes,
    read: async (offset, length) => {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    },
  };
}

function hooksAt(level: Level, hooks: ArchiveHooks = {}): ArchiveHooks {
  return includesLevel(level, 'content') ? hooks : { ...hooks, entryDigest: undefined };
}

function concluded(report: LayerReport): Omit<Inspection, 'file' | 'read' | 'digest'> {
  const { packings, content, findings, walked, contentBytes, document, isExamined } = report;
  const isPlain = packings.length === 0;
  return {
    format: { packings, content },
    // In a file that is not packed both offsets are the same.
    structure: isPlain ? findings.map(withOffset) : findings,
    ...(walked === undefined ? {} : { content: walked }),
    decodedBytes: contentBytes,
    ...(document === undefined ? {} : { document }),
    level: isExamined ? (walked?.level ?? 'structure') : 'digest',
  };
}

function withOffset(finding: Finding): Finding {
  const { offset, decodedOffset } = finding;
  return offset === undefined && decodedOffset !== undefined ? { ...finding, offset: decodedOffset } : finding;
}
