import type { ContentOptions, ContentResult, ContentWalker } from './content.ts';
import { printable } from './finding.ts';
import { FindingList } from './finding-list.ts';
import { PgCustomBlocks } from './pg-custom-blocks.ts';
import type { PgCustomProblem } from './pg-custom-problem.ts';
import { PgCustomToc } from './pg-custom-toc.ts';
import { type ReadWithPgRestore, readWithPgRestore } from './pg-restore.ts';

/** Version, sizes, format and packing stand in these. */
const HEADER_BYTES = 16;

/**
 * Walks an archive of `pg_dump -Fc`, versions 1.12 (PostgreSQL 9.0) to 1.16 (18): header and table of contents field by
 * field; then every block of data, which must be one that the table of contents names, start where it says, and be
 * unpacked to its end; rows are counted with their columns. Nothing may follow the last block.
 *
 * What is packed with lz4, and archives of other versions, are read by `pg_restore` at the end of the walk, if there is
 * one and the archive is a file of its own (`options.source`); else they are of an unknown format.
 */
export function createPgCustom(
  options: ContentOptions,
  readWith: ReadWithPgRestore = readWithPgRestore,
): ContentWalker {
  return new PgCustomWalker(options, readWith);
}

class PgCustomWalker implements ContentWalker {
  readonly #options: ContentOptions;
  readonly #readWith: ReadWithPgRestore;
  readonly #findings: FindingList;
  readonly #toc: PgCustomToc;
  readonly #closing = new AbortController();
  #blocks: PgCustomBlocks | undefined;
  #isBroken = false;
  /** Why this engine cannot read all of it by itself. */
  #unread: string | undefined;

  constructor(options: ContentOptions, readWith: ReadWithPgRestore) {
    this.#options = options;
    this.#readWith = readWith;
    this.#findings = new FindingList(options.file);
    this.#toc = new PgCustomToc(options.limits);
  }

  get currentEntry(): string | undefined {
    return this.#blocks?.currentEntry;
  }

  write(bytes: Buffer): void {
    if (this.#isBroken || this.#unread !== undefined) return;
    let rest = bytes;
    if (this.#blocks === undefined) {
      const left = this.#toc.write(bytes);
      this.#takeTocProblem();
      if (left === undefined || this.#toc.head === undefined) return;
      this.#blocks = new PgCustomBlocks(this.#toc.head, this.#toc, this.#options.limits);
      rest = left;
    }
    this.#blocks.write(rest);
    this.#take(this.#blocks.problem);
  }

  end(how: 'at-end' | 'cut'): ContentResult | Promise<ContentResult> {
    if (!this.#isBroken && this.#unread === undefined) this.#judgeEnd(how);
    this.#blocks?.close();
    if (this.#toc.head?.compression === 'lz4') this.#unread ??= 'is packed with lz4';
    if (this.#unread === undefined || this.#isBroken || how === 'cut') return this.#result(how);
    return this.#askPgRestore(this.#unread);
  }

  close(): void {
    this.#blocks?.close();
    this.#closing.abort();
  }

  #judgeEnd(how: 'at-end' | 'cut'): void {
    if (this.#blocks === undefined) {
      this.#toc.finish();
      this.#takeTocProblem();
      if (!this.#isBroken && how === 'at-end' && this.#unread === undefined) this.#take(this.#toc.endProblem());
      return;
    }
    this.#blocks.finish();
    this.#take(this.#blocks.problem);
    if (!this.#isBroken && how === 'at-end') this.#take(this.#blocks.endProblem());
    if (!this.#isBroken && how === 'at-end' && this.#toc.isEmpty) {
      const message = 'holds nothing: its table of contents names no object';
      this.#take({ kind: 'empty', message, offset: 0, endOffset: this.#toc.position });
    }
  }

  #takeTocProblem(): void {
    const { problem } = this.#toc;
    if (problem?.kind === 'unknown-format') this.#unread = problem.message;
    else this.#take(problem);
  }

  #take(problem: PgCustomProblem | undefined): void {
    if (problem === undefined || this.#isBroken) return;
    this.#isBroken = true;
    const { message, offset, endOffset, ...rest } = problem;
    const stored = this.#options.source === undefined ? {} : { offset, endOffset };
    this.#findings.add({ ...rest, ...stored, decodedOffset: offset, message: `The dump ${message}.` });
  }

  async #askPgRestore(why: string): Promise<ContentResult> {
    const { source } = this.#options;
    if (source === undefined) {
      this.#addUnread(`${why}, which only pg_restore can read, and that only as a file of its own`);
      return this.#result('at-end');
    }
    const answer = await this.#readWith(source.path, this.#closing.signal);
    if (answer.outcome === 'unable') this.#addUnread(`${why}, and ${printable(answer.message)}`);
    else if (answer.outcome === 'refused') {
      this.#isBroken = true;
      this.#findings.add({
        kind: 'corrupt',
        message: `pg_restore cannot read the dump: ${printable(answer.message)}.`,
      });
    }
    return this.#result('at-end', answer.outcome === 'read' ? 1 : 0);
  }

  #addUnread(message: string): void {
    this.#isBroken = true;
    const stored = this.#options.source === undefined ? {} : { offset: 0, endOffset: HEADER_BYTES };
    this.#findings.add({ kind: 'unknown-format', ...stored, decodedOffset: 0, message: `The dump ${message}.` });
  }

  /** `entriesLeast` is what is known to be inside although its table of contents cannot be read here. */
  #result(how: 'at-end' | 'cut', entriesLeast = 0): ContentResult {
    return {
      entries: Math.max(this.#blocks?.seenEntries ?? 0, entriesLeast),
      isComplete: how === 'at-end' && !this.#isBroken,
      findings: this.#findings.all(),
      level: 'structure',
    };
  }
}
