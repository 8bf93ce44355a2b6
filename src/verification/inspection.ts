import { join } from 'node:path';
import { ChunkedDigest, chunkBytesFor, type FileDigest } from './chunked-digest.ts';
import { createDecoder } from './create-decoder.ts';
import type { Decoder } from './decoder.ts';
import { type Finding, printable } from './finding.ts';
import { claimedFormat, type Format, packingName, seenFormat } from './format.ts';
import { includesLevel, type Level } from './level.ts';
import type { VerificationLimits } from './limits.ts';
import { type OpenFailure, openStored, readStored, type StoredRead } from './stored-file.ts';
import { type TarResult, TarWalker, type WalkedEntry } from './tar-walker.ts';

/** What to do with one stored file. */
export interface InspectionOptions {
  readonly directory: string;
  /** Relative to the directory; also its name in findings. */
  readonly file: string;
  readonly level: Level;
  /** As on record; by the size of the file when nothing is. */
  readonly chunkBytes?: number | undefined;
  readonly limits: VerificationLimits;
  /** The length of the decoded stream, when it is on record: no expansion up to it is a bomb. */
  readonly decodedBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Bytes that were read since the last call. */
  readonly onRead?: ((bytes: number) => void) | undefined;
  /** For archives: digest of every file's data, and what to do with each entry. */
  readonly entryDigest?: string | undefined;
  readonly onEntry?: ((entry: WalkedEntry) => void) | undefined;
  /** For archives: what was decoded and walked, in order, as long as nothing is wrong with it. */
  readonly onWalked?: ((decoded: Buffer) => void) | undefined;
  readonly headBytes?: number;
  readonly allowLink?: (path: string, target: string) => boolean;
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
  readonly archive?: TarResult;
  readonly decodedBytes: number;
  /** The decoded bytes of a `json` or `text` file. */
  readonly document?: Buffer;
}

/** Reads one stored file exactly once: digests it, and at the same time decodes and walks it as deep as the level asks. */
export async function inspectFile(options: InspectionOptions): Promise<Inspection> {
  const { file } = options;
  const format = claimedFormat(file);
  const handle = await openStored(join(options.directory, file));
  if ('reason' in handle) return { file, format, openFailure: handle, structure: [], decodedBytes: 0 };
  const storedBytes = (await handle.stat()).size;
  const digest = new ChunkedDigest(options.chunkBytes ?? chunkBytesFor(storedBytes));
  const content = new ContentReader(format, storedBytes, options);
  try {
    const read = await readStored(
      handle,
      async (bytes) => {
        await content.write(bytes, (piece) => digest.update(piece));
        options.onRead?.(bytes.length);
      },
      { signal: options.signal },
    );
    const isCut = read.failure !== undefined;
    return { file, format, read, digest: digest.finish(), ...(await content.finish(isCut)) };
  } finally {
    content.close();
  }
}

/** Decodes and walks the bytes of one stored file, as deep as the level asks and its content allows. */
class ContentReader {
  readonly #format: Format;
  readonly #storedBytes: number;
  readonly #options: InspectionOptions;
  readonly #isDecoding: boolean;
  readonly #mismatch: Finding[] = [];
  #decoder: Decoder | undefined;
  #walker: TarWalker | undefined;
  #pieces: Buffer[] | undefined;
  #isStarted = false;

  constructor(format: Format, storedBytes: number, options: InspectionOptions) {
    this.#format = format;
    this.#storedBytes = storedBytes;
    this.#options = options;
    this.#isDecoding = includesLevel(options.level, 'structure');
  }

  /** `meanwhile` is given all the bytes, piece by piece; where there is something to decode, while another thread does. */
  async write(bytes: Buffer, meanwhile: (piece: Buffer) => void): Promise<void> {
    if (!this.#isStarted) this.#start(bytes);
    if (this.#decoder === undefined) meanwhile(bytes);
    else await this.#decoder.write(bytes, meanwhile);
  }

  /** `isCut` says that reading stopped early, so that the missing end is not told a second time. */
  async finish(isCut: boolean): Promise<Pick<Inspection, 'structure' | 'archive' | 'decodedBytes' | 'document'>> {
    if (!isCut) await this.#decoder?.end();
    const problem = isCut ? undefined : this.#decoder?.problem;
    const decodeFinding = problem === undefined ? [] : [this.#decodeFinding(problem)];
    const archive = this.#walker?.end(isCut || problem !== undefined ? 'cut' : 'at-end');
    const document = this.#pieces === undefined ? undefined : Buffer.concat(this.#pieces);
    return {
      structure: [
        ...this.#mismatch,
        ...decodeFinding,
        ...(archive?.findings ?? []),
        ...this.#emptyFindings(),
        ...(document === undefined ? [] : this.#documentFindings(document)),
      ],
      decodedBytes: this.#decoder?.decodedBytes ?? 0,
      ...(archive === undefined ? {} : { archive }),
      ...(document === undefined ? {} : { document }),
    };
  }

  close(): void {
    this.#decoder?.close();
  }

  #start(head: Buffer): void {
    this.#isStarted = true;
    const { limits, decodedBytes } = this.#options;
    const isDocument = this.#format.content === 'text' || this.#format.content === 'json';
    if (isDocument && this.#storedBytes > limits.documentBytesMax) {
      this.#add(
        'hostile',
        `${this.#name()} is larger than the ${limits.documentBytesMax} bytes that a document may have.`,
      );
      return;
    }
    if (!this.#isDecoding && !isDocument) return;
    const packing = this.#packing(head);
    if (packing === undefined) return;
    const expansionFreeBytes = Math.max(limits.expansionFreeBytes, decodedBytes ?? 0);
    this.#decoder = createDecoder(packing, this.#consumer(), {
      storedBytes: this.#storedBytes,
      isOnRecord: this.#options.chunkBytes !== undefined,
      limits: { ...limits, expansionFreeBytes },
    });
  }

  /** Where the decoded bytes go. */
  #consumer(): (decoded: Buffer) => void {
    const { content } = this.#format;
    if (content === 'opaque') return () => {};
    if (content === 'tar') {
      const walker = new TarWalker({
        file: this.#options.file,
        limits: this.#options.limits,
        digestAlgorithm: includesLevel(this.#options.level, 'content') ? this.#options.entryDigest : undefined,
        headBytes: this.#options.headBytes ?? 0,
        onEntry: this.#options.onEntry ?? (() => {}),
        ...(this.#options.allowLink === undefined ? {} : { allowLink: this.#options.allowLink }),
      });
      this.#walker = walker;
      const { onWalked } = this.#options;
      return (decoded) => {
        walker.write(decoded);
        if (onWalked !== undefined && walker.isClean) onWalked(decoded);
      };
    }
    const pieces: Buffer[] = [];
    this.#pieces = pieces;
    return (decoded) => pieces.push(Buffer.from(decoded));
  }

  /** How the file is really packed. Where name and content disagree the content is believed, and it is a finding. */
  #packing(head: Buffer): Format['packing'] | undefined {
    const { packing, content } = this.#format;
    const seen = seenFormat(head);
    // Bytes of no known format are left to the decoder that the name asks for: it will say what is wrong with them.
    if (content === 'opaque' && packing === 'none') return packing;
    if (seen === undefined || seen.packing === packing) return packing;
    this.#add(
      'mismatched-type',
      `${this.#name()} is named as ${packingName(packing, content)}, but its content is ${seen.name}.`,
    );
    return seen.packing;
  }

  /** A packed file that unpacks to nothing. An archive says that by itself. */
  #emptyFindings(): Finding[] {
    const decoder = this.#decoder;
    if (this.#format.content !== 'opaque' || decoder === undefined) return [];
    if (decoder.problem !== undefined || decoder.decodedBytes > 0) return [];
    return [{ kind: 'empty', file: this.#options.file, message: `${this.#name()} unpacks to nothing.` }];
  }

  #documentFindings(document: Buffer): Finding[] {
    if (this.#format.content !== 'json' || document.length === 0) return [];
    try {
      JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(document));
      return [];
    } catch (thrown) {
      const why = printable(thrown instanceof Error ? thrown.message : String(thrown));
      return [{ kind: 'corrupt', file: this.#options.file, message: `${this.#name()} is not JSON: ${why}.` }];
    }
  }

  #decodeFinding(problem: NonNullable<Decoder['problem']>): Finding {
    const entry = problem.isLocated ? this.#walker?.currentEntry : undefined;
    const { kind, offset, endOffset, decodedOffset, message } = problem;
    const reached = entry === undefined ? '' : `, at or behind the entry ${printable(entry)}`;
    return {
      kind,
      file: this.#options.file,
      offset,
      endOffset,
      decodedOffset,
      ...(entry === undefined ? {} : { entry }),
      message: `${this.#name()}: ${message} (${decodedOffset} bytes came out before${reached}).`,
    };
  }

  #add(kind: Finding['kind'], message: string): void {
    this.#mismatch.push({ kind, file: this.#options.file, message });
  }

  #name(): string {
    return printable(this.#options.file);
  }
}
