import type { ByteRange } from './chunked-digest.ts';
import type { ContentResult, ContentWalker } from './content.ts';
import type { ContentSink } from './content-sink.ts';
import { digestOfBytes, type RunningDigest, startDigest } from './digest-algorithm.ts';
import { type FindingKind, printable } from './finding.ts';
import { FindingList } from './finding-list.ts';
import type { VerificationLimits } from './limits.ts';
import { EntryRules, entryOf, type PendingNames, type TarAllowance, type TarEntry } from './tar-entry.ts';
import { type AfterHeader, TarFraming } from './tar-framing.ts';
import { BLOCK_BYTES, decodeName, parseTarHeader, type TarHeader } from './tar-header.ts';
import { type PaxRecords, parsePax } from './tar-pax.ts';

/** A walked entry with what its bytes said. */
export interface WalkedEntry extends TarEntry {
  /** Digest of the stored data in hexadecimal; for files, when a digest was asked for. */
  readonly digest?: string;
  /** The first bytes of its data, as many as were asked for. */
  readonly head: Buffer;
}

/** What the walk is told. */
export interface TarOptions extends TarAllowance {
  /** The stored file's name in findings. */
  readonly file: string;
  readonly limits: Pick<VerificationLimits, 'entriesMax' | 'nameBytesMax'>;
  /** Digest of every file's data, as `startDigest` names it; none when absent. */
  readonly digestAlgorithm?: string | undefined;
  /** How many first bytes of each file's data to keep for `onEntry`. */
  readonly headBytes?: number;
  /** Whether the two zero blocks at the end may be missing. A cut between two entries is then invisible. */
  readonly endBlocks?: 'required' | 'optional';
  /** The stream is the stored file as it lies there: places in it are told as places in the file too. */
  readonly hasSource?: boolean;
  /** Is given the entries and their data, up to the first finding. */
  readonly sink?: ContentSink | undefined;
  /** Called for each entry when all of its data was seen. */
  readonly onEntry: (entry: WalkedEntry) => void;
}

/** How a walk ended. */
export interface TarResult extends ContentResult {
  readonly streamBytes: number;
}

/** A pax header may say a lot about one entry, but not without bound. */
const PAX_BYTES_MAX = 1_048_576;

/** Extended headers: they speak about the entry that follows. */
type MetaType = 'pax' | 'pax-global' | 'long-name' | 'long-target' | 'label';

const META_TYPES: Readonly<Record<string, MetaType>> = {
  x: 'pax',
  g: 'pax-global',
  L: 'long-name',
  K: 'long-target',
  V: 'label',
};

/** What is streaming past. */
type OpenBody =
  | { readonly meta: MetaType; readonly pieces: Buffer[] }
  | {
      readonly meta?: undefined;
      readonly entry: TarEntry;
      /** Takes its data. */
      readonly sink: ContentSink | undefined;
      head: Buffer;
      running: RunningDigest | undefined;
      digest?: string;
    };

/**
 * Walks a tar stream of any length in bounded memory: ustar, pax (global too), GNU long names and sparse entries,
 * base-256 numbers, version 7. It is strict where the usual readers are not: every header's checksum and numbers, the
 * rules of `TarFraming`, and the rules of `EntryRules` that keep an archive harmless.
 */
export class TarWalker implements ContentWalker {
  readonly #options: TarOptions;
  readonly #findings: FindingList;
  readonly #rules: EntryRules;
  readonly #framing: TarFraming;
  #entries = 0;
  #isBroken = false;
  #open: OpenBody | undefined;
  #pending: PendingNames = { pax: {} };
  #isPending = false;
  #globalPax: PaxRecords = {};
  /** Where the first of the extended headers before an entry, or its own header, begins. */
  #entryStart: number | undefined;
  /** Start of the entry before, when its length stood where no checksum is: what seems to be a broken header may be that. */
  #lengthStart: number | undefined;
  #lastPath: string | undefined;

  constructor(options: TarOptions) {
    this.#options = options;
    this.#findings = new FindingList(options.file);
    this.#rules = new EntryRules(options.limits, options);
    this.#framing = new TarFraming({
      header: (block, offset) => this.#onHeader(block, offset),
      body: (bytes) => this.#onBody(bytes),
      bodyEnd: () => this.#onBodyEnd(),
      problem: (kind, range, message) => this.#problem(kind, range, message),
    });
  }

  /** Takes the next decoded bytes. The buffer is free again when this returns. */
  write(bytes: Buffer): void {
    this.#framing.write(bytes);
  }

  /**
   * Ends the walk. `cut` says that decoding stopped early for a reason that the caller reports, so that the missing
   * end is not told a second time.
   */
  end(how: 'at-end' | 'cut' = 'at-end'): TarResult {
    const endBlocks = this.#options.endBlocks ?? 'required';
    if (how === 'at-end' && !this.#isBroken) this.#judgeEnd(endBlocks);
    return {
      entries: this.#entries,
      streamBytes: this.#framing.position,
      isComplete: how === 'at-end' && !this.#isBroken && (this.#framing.isEnded || endBlocks === 'optional'),
      findings: this.#findings.all(),
      level: 'structure',
    };
  }

  /** Nothing is wrong with what was walked so far. */
  get isClean(): boolean {
    return this.#findings.isEmpty;
  }

  /** The entry whose data is streaming past, else the last one: what damage here most likely hits. */
  get currentEntry(): string | undefined {
    return this.#open !== undefined && this.#open.meta === undefined ? this.#open.entry.path : this.#lastPath;
  }

  #judgeEnd(endBlocks: 'required' | 'optional'): void {
    const position = this.#framing.position;
    this.#framing.end(endBlocks);
    if (this.#isBroken) return;
    const atEnd = { offset: position, endOffset: position };
    if (this.#isPending) this.#problem('truncated', atEnd, 'an extended header has no entry behind it');
    else if (this.#entries === 0 && position > 0) {
      this.#problem('empty', { offset: 0, endOffset: position }, 'the archive has no entry');
    }
  }

  #onHeader(block: Buffer, offset: number): AfterHeader | undefined {
    const range = { offset, endOffset: offset + BLOCK_BYTES };
    const parsed = parseTarHeader(block);
    if (parsed.header === undefined) {
      const from = { ...range, offset: this.#lengthStart ?? offset };
      this.#problem(parsed.hostile === true ? 'hostile' : 'corrupt', from, parsed.problem, offset);
      return undefined;
    }
    const { header } = parsed;
    this.#entryStart ??= offset;
    this.#lengthStart = undefined;
    if (header.oddity !== undefined) this.#problem('suspect', range, header.oddity);
    const meta = META_TYPES[header.typeflag];
    return meta === undefined ? this.#openEntry(header, offset) : this.#openMeta(header, meta, offset);
  }

  #openMeta(header: TarHeader, meta: MetaType, offset: number): AfterHeader | undefined {
    const isPax = meta === 'pax' || meta === 'pax-global';
    const bytesMax = isPax ? PAX_BYTES_MAX : this.#options.limits.nameBytesMax + 1;
    if (header.sizeBytes > bytesMax) {
      this.#problem(
        'hostile',
        { offset, endOffset: offset + BLOCK_BYTES },
        `an extended header of ${header.sizeBytes} bytes is above the limit of ${bytesMax}`,
      );
      return undefined;
    }
    this.#open = { meta, pieces: [] };
    return { bodyBytes: header.sizeBytes, hasMapBlocks: false };
  }

  #openEntry(header: TarHeader, offset: number): AfterHeader | undefined {
    const { entriesMax } = this.#options.limits;
    const range = { offset: this.#entryStart ?? offset, endOffset: offset + BLOCK_BYTES };
    if (this.#entries >= entriesMax) {
      this.#problem('hostile', range, `the archive has more than ${entriesMax} entries`);
      return undefined;
    }
    const pending = { ...this.#pending, pax: { ...this.#globalPax, ...this.#pending.pax } };
    const entry = entryOf(header, pending, offset, this.#framing.position);
    const hasLooseLength = pending.pax.sizeBytes !== undefined || header.sparseExtended;
    this.#lengthStart = hasLooseLength ? range.offset : undefined;
    this.#pending = { pax: {} };
    this.#isPending = false;
    this.#entryStart = undefined;
    for (const objection of this.#rules.objections(entry)) {
      this.#findings.add({ ...objection, entry: entry.path, ...this.#place(range, offset) });
    }
    if (entry.sizeBytes === 0 && header.sizeBytes > 0 && entry.type !== 'file') {
      this.#problem('suspect', range, `${printable(entry.path)} has a size, although a ${entry.type} has no data`);
    }
    const digests = this.#options.digestAlgorithm !== undefined && entry.type === 'file';
    const sink = this.isClean ? this.#options.sink : undefined;
    sink?.open(entry);
    this.#open = {
      ...{ entry, sink },
      head: NOTHING,
      running: undefined,
      ...(digests && entry.sizeBytes === 0 ? { digest: this.#digestOf(NOTHING) } : {}),
    };
    return { bodyBytes: entry.sizeBytes, hasMapBlocks: header.sparseExtended };
  }

  #onBody(bytes: Buffer): void {
    const open = this.#open;
    if (open === undefined) return;
    if (open.meta !== undefined) {
      open.pieces.push(Buffer.from(bytes));
      return;
    }
    open.sink?.data(bytes);
    const headMissing = (this.#options.headBytes ?? 0) - open.head.length;
    if (headMissing > 0) open.head = Buffer.concat([open.head, bytes.subarray(0, headMissing)]);
    const { digestAlgorithm } = this.#options;
    if (digestAlgorithm === undefined || open.entry.type !== 'file') return;
    // Most entries lie in one piece: hashing them at once saves making a hash object for each.
    if (open.running === undefined && bytes.length === open.entry.sizeBytes) open.digest = this.#digestOf(bytes);
    else {
      open.running ??= startDigest(digestAlgorithm);
      open.running.update(bytes);
    }
  }

  #onBodyEnd(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    if (open.meta !== undefined) {
      this.#takeMeta(open.meta, Buffer.concat(open.pieces));
      return;
    }
    this.#entries += 1;
    this.#lastPath = open.entry.path;
    open.sink?.close();
    const digest = open.digest ?? open.running?.finish();
    this.#options.onEntry({ ...open.entry, head: open.head, ...(digest === undefined ? {} : { digest }) });
  }

  #takeMeta(meta: MetaType, body: Buffer): void {
    if (meta === 'label') return;
    if (meta === 'long-name') this.#pending = { ...this.#pending, longName: decodeName(withoutFinalNul(body)) };
    else if (meta === 'long-target')
      this.#pending = { ...this.#pending, longTarget: decodeName(withoutFinalNul(body)) };
    else this.#takePax(meta, body);
    this.#isPending ||= meta !== 'pax-global';
  }

  #takePax(meta: 'pax' | 'pax-global', body: Buffer): void {
    const parsed = parsePax(body);
    if (parsed.records === undefined) {
      const endOffset = this.#framing.position;
      this.#problem('corrupt', { offset: this.#entryStart ?? endOffset, endOffset }, parsed.problem);
    } else if (meta === 'pax') {
      this.#pending = { ...this.#pending, pax: { ...this.#pending.pax, ...parsed.records } };
    } else {
      this.#globalPax = { ...this.#globalPax, ...parsed.records };
    }
  }

  /** `noticedAt` says where it was seen, when that is not where the damage may begin. */
  #problem(kind: FindingKind, range: ByteRange, message: string, noticedAt = range.offset): void {
    if (kind !== 'suspect') this.#isBroken = true;
    const open = this.#open;
    const place = this.#place(range, noticedAt);
    if (open !== undefined && open.meta === undefined) {
      this.#findings.add({ kind, ...place, entry: open.entry.path, message: sentence(message) });
      return;
    }
    const where = this.#lastPath === undefined ? 'at its start' : `behind the entry ${printable(this.#lastPath)}`;
    this.#findings.add({ kind, ...place, message: sentence(`${message} (${where})`) });
  }

  #place({ offset, endOffset }: ByteRange, decodedOffset: number) {
    return { ...(this.#options.hasSource === true ? { offset, endOffset } : {}), decodedOffset };
  }

  #digestOf(bytes: Buffer): string {
    return digestOfBytes(this.#options.digestAlgorithm ?? 'sha256', bytes);
  }
}

const NOTHING = Buffer.alloc(0);

function withoutFinalNul(bytes: Buffer): Buffer {
  return bytes.at(-1) === 0 ? bytes.subarray(0, -1) : bytes;
}

function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}
