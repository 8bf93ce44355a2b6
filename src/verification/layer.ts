import type { Identity } from './age-identities.ts';
import type { ContentOptions, ContentResult, ContentWalker } from './content.ts';
import { createDecoder } from './create-decoder.ts';
import { type ArchiveHooks, openWalker } from './create-walker.ts';
import type { DecodeProblem, Decoder, Packing, Step } from './decoder.ts';
import { type Finding, type FindingKind, printable } from './finding.ts';
import {
  type ClaimedFormat,
  type ContentKind,
  claimName,
  HEAD_BYTES,
  looksLikeSql,
  type SeenFormat,
  seenFormat,
} from './format.ts';

/** What all layers of one stored file share. */
export interface LayerContext extends ContentOptions {
  readonly storedBytes: number;
  /** Undo packings and walk what is inside. Otherwise only a document (`json`, `text`) is looked into. */
  readonly isDeep: boolean;
  /** Whether `json` and `text` are documents to keep, or bytes like any others. */
  readonly keepsDocuments: boolean;
  readonly hooks: ArchiveHooks;
  /** Walks the innermost content, whatever it looks like: for files that only another file tells what they are. */
  readonly openContent?: ((options: ContentOptions) => ContentWalker) | undefined;
  /** Open what is encrypted with age. */
  readonly identities?: readonly Identity[] | undefined;
}

/** What one pass over a layer and all that is inside it showed. */
export interface LayerReport {
  /** Outermost first. */
  readonly packings: readonly Packing[];
  readonly content: ContentKind;
  /** In the order of the stream, the outermost layer first. */
  readonly findings: readonly Finding[];
  readonly walked?: ContentResult;
  /** Something looked at every byte: a decoder with its checksums, a walker, a parser. */
  readonly isExamined: boolean;
  /** Bytes of the innermost content. */
  readonly contentBytes: number;
  /** All bytes of a `json` or `text` content. */
  readonly document?: Buffer;
}

/** What a layer turned out to be. */
type Inside =
  | { readonly packing: Packing; readonly decoder: Decoder; readonly inner: Layer }
  | { readonly packing?: undefined; readonly content: ContentKind; readonly walker?: ContentWalker | undefined };

const NO_CLAIM: ClaimedFormat = { packings: [] };
const CUT_CONTENT: ContentResult = { entries: 0, isComplete: false, findings: [], level: 'presence' };

/**
 * One layer of a stored file, told apart by its first bytes: a packing with another layer in it, or a content. What the
 * file's name claims is held against it; where the two disagree the bytes are believed, and it is a finding. Bytes of no known
 * format are left to whatever the name asks for: it will say what is wrong with them.
 */
export class Layer {
  readonly #context: LayerContext;
  readonly #claim: ClaimedFormat;
  readonly #depth: number;
  readonly #findings: Finding[] = [];
  #head = Buffer.alloc(0);
  #inside: Inside | undefined;
  #bytes = 0;
  #pieces: Buffer[] | undefined;
  #walked: ContentResult | undefined;

  constructor(context: LayerContext, claim: ClaimedFormat, depth = 0) {
    this.#context = context;
    this.#claim = claim;
    this.#depth = depth;
  }

  /** Takes the next bytes. The buffer is free again when the step is done. */
  write(bytes: Buffer): Step {
    this.#bytes += bytes.length;
    if (this.#inside !== undefined) return this.#pass(this.#inside, bytes);
    if (this.#head.length === 0 && bytes.length >= HEAD_BYTES) return this.#begin(bytes);
    this.#head = Buffer.concat([this.#head, bytes]);
    return this.#head.length < HEAD_BYTES ? undefined : this.#begin(this.#head);
  }

  /** Says that no more bytes come; `cut` when that is so for a reason that somebody else reports. */
  async end(how: 'at-end' | 'cut'): Promise<void> {
    if (this.#inside === undefined) await this.#begin(this.#head);
    const inside = this.#inside;
    if (inside?.packing !== undefined) await this.#endPacking(inside, how);
    else if (inside !== undefined) await this.#endContent(inside, how);
  }

  report(): LayerReport {
    const inside = this.#inside;
    if (inside?.packing !== undefined) {
      const inner = inside.inner.report();
      const { problem } = inside.decoder;
      return {
        ...inner,
        packings: [inside.packing, ...inner.packings],
        findings: [...this.#findings, ...inner.findings],
        // A decoder that had no key has seen nothing of the inside.
        isExamined: inner.isExamined || problem === undefined,
      };
    }
    const document = this.#pieces === undefined ? undefined : Buffer.concat(this.#pieces);
    return {
      packings: [],
      content: inside?.content ?? 'opaque',
      findings: [...this.#findings, ...(this.#walked?.findings ?? [])],
      ...(this.#walked === undefined ? {} : { walked: this.#walked }),
      isExamined: this.#walked !== undefined || document !== undefined,
      contentBytes: this.#bytes,
      ...(document === undefined ? {} : { document }),
    };
  }

  /** What damage at this place most likely hits. */
  get currentEntry(): string | undefined {
    const inside = this.#inside;
    return inside?.packing === undefined ? inside?.walker?.currentEntry : inside.inner.currentEntry;
  }

  close(): void {
    const inside = this.#inside;
    if (inside?.packing === undefined) inside?.walker?.close?.();
    else {
      inside.decoder.close();
      inside.inner.close();
    }
  }

  #begin(head: Buffer): Step {
    this.#head = Buffer.alloc(0);
    const opening = this.#open(head);
    if (!(opening instanceof Promise)) {
      this.#inside = opening;
      return this.#pass(opening, head);
    }
    return opening.then((inside) => {
      this.#inside = inside;
      return this.#pass(inside, head);
    });
  }

  #pass(inside: Inside, bytes: Buffer): Step {
    if (inside.packing !== undefined) return inside.decoder.write(bytes);
    if (inside.walker !== undefined) inside.walker.write(bytes);
    else if (this.#pieces !== undefined) this.#keep(this.#pieces, bytes);
    return undefined;
  }

  #keep(pieces: Buffer[], bytes: Buffer): void {
    const { documentBytesMax } = this.#context.limits;
    if (this.#bytes <= documentBytesMax) pieces.push(Buffer.from(bytes));
    else {
      this.#add('hostile', `is larger than the ${documentBytesMax} bytes that a document may have`);
      this.#pieces = undefined;
    }
  }

  #open(head: Buffer): Inside | Promise<Inside> {
    const { openContent, isDeep } = this.#context;
    if (openContent !== undefined && this.#claim.packings.length === 0) {
      return { content: 'opaque', walker: isDeep ? openContent(this.#contentOptions()) : undefined };
    }
    const format = this.#judge(seenFormat(head), head);
    if (format.packing !== undefined) return this.#openPacking(format.packing);
    const isDocument = format.content === 'json' || format.content === 'text';
    const isKept = isDocument && this.#context.keepsDocuments;
    const content = isDocument && !isKept ? 'opaque' : format.content;
    if (isKept) this.#pieces = [];
    if (!isDeep) return { content };
    const opening = openWalker(content, this.#contentOptions(), this.#context.hooks);
    if (!(opening instanceof Promise)) return { content, walker: opening };
    return opening.then((walker) => ({ content, walker }));
  }

  /** Random access is only to what lies in the file as it is. */
  #contentOptions(): ContentOptions {
    const { file, limits, source } = this.#context;
    return { file, limits, source: this.#depth === 0 ? source : undefined };
  }

  #openPacking(packing: Packing): Inside {
    const { limits, storedBytes, isDeep, identities } = this.#context;
    if (!isDeep) return { content: 'opaque' };
    if (this.#depth >= limits.packingsMax) {
      this.#add('hostile', `is packed more than ${limits.packingsMax} times: it may unpack to itself`);
      return { content: 'opaque' };
    }
    const isClaimed = this.#claim.packings[0] === packing;
    const [, ...packings] = this.#claim.packings;
    const inner = new Layer(this.#context, isClaimed ? { ...this.#claim, packings } : NO_CLAIM, this.#depth + 1);
    const decoder = createDecoder(packing, (decoded) => inner.write(decoded), { storedBytes, limits, identities });
    return { packing, decoder, inner };
  }

  /** What the layer is taken for, name and bytes held against each other. */
  #judge(
    seen: SeenFormat | undefined,
    head: Buffer,
  ): { packing: Packing } | { packing?: undefined; content: ContentKind } {
    const [claimed] = this.#claim.packings;
    const { contents } = this.#claim;
    const [content] = contents ?? [];
    if (seen === undefined) {
      if (claimed !== undefined) return { packing: claimed };
      if (contents === undefined || content === undefined) return { content: 'opaque' };
      if (contents.length === 1) return { content };
      if (head.length > 0 && !looksLikeSql(head)) this.#mismatch('nothing of that sort');
      return { content: 'opaque' };
    }
    const fits =
      claimed === undefined
        ? contents === undefined || (seen.content !== undefined && contents.includes(seen.content))
        : seen.packing === claimed;
    if (!fits) this.#mismatch(seen.name);
    else if (seen.packing === undefined && seen.content === undefined) {
      this.#add('unknown-format', `is ${seen.name}, which is not undone here`);
    }
    return seen.packing === undefined ? { content: seen.content ?? 'opaque' } : { packing: seen.packing };
  }

  async #endPacking({ decoder, inner }: Extract<Inside, { decoder: Decoder }>, how: 'at-end' | 'cut'): Promise<void> {
    if (how === 'at-end') await decoder.end();
    const { problem } = decoder;
    if (how === 'at-end' && problem !== undefined) this.#findings.push(this.#decodeFinding(problem, inner));
    await inner.end(how === 'cut' || problem !== undefined ? 'cut' : 'at-end');
    if (how === 'at-end' && problem === undefined && decoder.decodedBytes === 0 && this.#bytes > 0) {
      this.#add('empty', 'unpacks to nothing');
    }
  }

  async #endContent({ content, walker }: Extract<Inside, { content: ContentKind }>, how: 'at-end' | 'cut') {
    // A packing that unpacks to nothing says so itself, and so does whoever finds the file empty.
    if (walker !== undefined) this.#walked = this.#bytes === 0 ? CUT_CONTENT : await walker.end(how);
    else if (content === 'json' && how === 'at-end' && this.#bytes > 0) this.#parse();
  }

  #parse(): void {
    try {
      JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(this.#pieces ?? [])));
    } catch (thrown) {
      this.#add('corrupt', `is not JSON: ${printable(thrown instanceof Error ? thrown.message : String(thrown))}`);
    }
  }

  #decodeFinding(problem: DecodeProblem, inner: Layer): Finding {
    const { file, storedBytes } = this.#context;
    const entry = problem.isLocated ? inner.currentEntry : undefined;
    const { kind, decodedOffset } = problem;
    const reached = entry === undefined ? '' : `, at or behind the entry ${printable(entry)}`;
    const offset = Math.min(problem.offset, storedBytes);
    const endOffset = Math.min(problem.endOffset, storedBytes);
    return {
      kind,
      file,
      // Offsets of an inner packing count in what the outer one gave: that is no place in the stored file.
      ...(this.#depth === 0 ? { offset, endOffset, decodedOffset } : { decodedOffset: problem.offset }),
      ...(entry === undefined ? {} : { entry }),
      message: `${printable(file)}: ${problem.message} (${decodedOffset} bytes came out before${reached}).`,
    };
  }

  #mismatch(actual: string): void {
    const expected = claimName(this.#claim);
    const message = `${printable(this.#context.file)} is named as ${expected}, but its content is ${actual}.`;
    this.#findings.push({ kind: 'mismatched-type', file: this.#context.file, expected, actual, message });
  }

  #add(kind: FindingKind, what: string): void {
    this.#findings.push({
      kind,
      file: this.#context.file,
      message: `${printable(this.#context.file)} ${what}.`,
    });
  }
}
