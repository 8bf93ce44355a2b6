import type { ContentSource } from './content.ts';
import { type Finding, printable, withConsequences } from './finding.ts';
import type { FindingList } from './finding-list.ts';
import type { ZipEntry } from './zip-columns.ts';
import { type CentralEntry, entriesAt } from './zip-directory.ts';
import type { ZipEnd, ZipProblem } from './zip-end.ts';
import { FLAG, LOCAL_BYTES, METHOD, methodName } from './zip-records.ts';

/** Bytes that belong to nothing. */
interface Gap {
  readonly offset: number;
  endOffset: number;
  readonly looksLikeEntry: boolean;
}

/** Entries in a row whose local headers are not where they should be. */
interface Missing {
  readonly localOffset: number;
  endOffset: number;
  count: number;
}

/** Entries that could not be unpacked for the same reason. */
interface Unread {
  readonly kind: 'no-key' | 'unknown-format';
  readonly why: string;
  readonly first: string;
  readonly offset: number;
  count: number;
}

/** Gaps and findings without a name that are kept; the rest is counted. */
const KEPT = 20;
const RECORD_START = Buffer.from('PK', 'latin1');

/** What the walk over an archive found, put together at the end: names that were not at hand, bytes that belong to nothing. */
export class ZipReport {
  readonly #findings: FindingList;
  /** Problems for which the directory must be asked again, by the offset of the local header. */
  readonly #open: { readonly localOffset: number; readonly problem: ZipProblem }[] = [];
  readonly #missing: Missing[] = [];
  readonly #gaps: Gap[] = [];
  readonly #unread = new Map<string, Unread>();
  #gapBytes = 0;

  constructor(findings: FindingList) {
    this.#findings = findings;
  }

  /** Nothing is wrong so far. */
  get isEmpty(): boolean {
    return (
      this.#findings.isEmpty &&
      this.#open.length + this.#missing.length === 0 &&
      this.#gaps.length === 0 &&
      this.#unread.size === 0
    );
  }

  add(problem: ZipProblem): void {
    this.#findings.add(problem);
  }

  /** Adds a local header that a second entry of the directory claims. */
  addShared(localOffset: number): void {
    const range = { offset: localOffset, endOffset: localOffset + LOCAL_BYTES, decodedOffset: localOffset };
    const message = `Another entry of the directory has the same local header, at ${localOffset}.`;
    this.addDisagreement({ kind: 'hostile', ...range, message }, localOffset);
  }

  /** Adds a local header that is not where it should be. Several in a row, as a lost block leaves them, are one finding. */
  addMissing(localOffset: number, endOffset: number, isNextInRow: boolean): void {
    const last = this.#missing.at(-1);
    if (isNextInRow && last !== undefined) {
      last.count += 1;
      last.endOffset = endOffset;
    } else if (this.#missing.length < KEPT) this.#missing.push({ localOffset, endOffset, count: 1 });
    else this.#findings.add(missingProblem({ localOffset, endOffset, count: 1 }));
  }

  /** Adds a problem that may as well be one of the directory: where the entry stands in it is looked up at the end. */
  addDisagreement(problem: ZipProblem, localOffset: number): void {
    if (this.#open.length < KEPT) this.#open.push({ localOffset, problem });
    else this.#findings.add(problem);
  }

  /** Adds an entry that runs into another one, which really begins at `nextOffset`. */
  addOverlap(
    { name, from, to }: { readonly name: string; readonly from: number; readonly to: number },
    nextOffset: number,
  ): void {
    const range = { offset: from, endOffset: to, decodedOffset: from };
    const what = `it overlaps the entry that begins at ${nextOffset}.`;
    if (name === '') this.addDisagreement({ kind: 'hostile', ...range, message: `I${what.slice(1)}` }, from);
    else this.#findings.add({ kind: 'hostile', entry: name, ...range, message: `${printable(name)}: ${what}` });
  }

  /** Counts an entry that cannot be unpacked: each reason is one finding, whatever the number of entries. */
  addUnread({ flags, method, localOffset }: Pick<ZipEntry, 'flags' | 'method' | 'localOffset'>, name: string): void {
    const { kind, why } = reasonUnread(flags, method);
    const known = this.#unread.get(why);
    if (known !== undefined) known.count += 1;
    else if (this.#unread.size < KEPT) this.#unread.set(why, { kind, why, first: name, offset: localOffset, count: 1 });
  }

  /** Adds bytes at this offset that belong to nothing. Pieces that follow each other are one gap. */
  addGap(offset: number, bytes: Buffer): void {
    this.#gapBytes += bytes.length;
    const last = this.#gaps.at(-1);
    if (last?.endOffset === offset) last.endOffset += bytes.length;
    else if (this.#gaps.length < KEPT) {
      const looksLikeEntry = bytes.subarray(0, 2).equals(RECORD_START);
      this.#gaps.push({ offset, endOffset: offset + bytes.length, looksLikeEntry });
    }
  }

  /** All findings in the order of the file. */
  async finish(source: ContentSource, end: ZipEnd): Promise<Finding[]> {
    await this.#addOpen(source, end);
    for (const unread of this.#unread.values()) this.#findings.add(unreadProblem(unread));
    const [prefix] = this.#gaps;
    const isArchiveBefore = prefix?.offset === 0 && prefix.looksLikeEntry && end.shift > 0;
    if (isArchiveBefore) this.#findings.add(archiveBefore(prefix));
    const rest = isArchiveBefore ? this.#gaps.slice(1) : this.#gaps;
    return this.#withGaps(rest.map(gapProblem));
  }

  async #addOpen(source: ContentSource, end: ZipEnd): Promise<void> {
    const missing = this.#missing.map((row) => ({ localOffset: row.localOffset, problem: missingProblem(row) }));
    const open = [...missing, ...this.#open];
    if (open.length === 0) return;
    const entries = await entriesAt(source, end, new Set(open.map(({ localOffset }) => localOffset)));
    for (const { localOffset, problem } of open) this.#findings.add(placed(problem, entries.get(localOffset)));
  }

  /** Where something is broken, bytes that belong to nothing are but its consequence. */
  #withGaps(gaps: readonly ZipProblem[]): Finding[] {
    const roots = inOrder(this.#findings.all());
    const broken = roots.find(({ kind }) => kind === 'corrupt' || kind === 'hostile' || kind === 'truncated');
    if (broken !== undefined) {
      const consequences = gaps.map((gap) => ({ ...gap, file: broken.file }));
      return roots.map((root) => (root === broken ? withConsequences(root, consequences) : root));
    }
    for (const gap of gaps) this.#findings.add(gap);
    if (this.#gaps.length === KEPT) {
      this.#findings.add({ kind: 'suspect', message: `${this.#gapBytes} bytes in all belong to no entry.` });
    }
    return inOrder(this.#findings.all());
  }
}

function missingProblem({ localOffset, endOffset, count }: Missing): ZipProblem {
  const message =
    count === 1
      ? `No local header stands at ${localOffset}, where the directory has one.`
      : `${count} entries in a row have no local header where the directory has them, the first at ${localOffset}.`;
  return { kind: 'corrupt', offset: localOffset, endOffset, decodedOffset: localOffset, message };
}

function reasonUnread(flags: number, method: number): Pick<Unread, 'kind' | 'why'> {
  if (method === METHOD.aes || (flags & (FLAG.encrypted | FLAG.strong)) !== 0) {
    return { kind: 'no-key', why: 'encrypted: without the key only the place was verified' };
  }
  if ((flags & (FLAG.patched | FLAG.masked)) !== 0)
    return { kind: 'unknown-format', why: 'a patch, or has a masked header' };
  return { kind: 'unknown-format', why: `packed with ${methodName(method)}, which is not known here` };
}

function unreadProblem({ kind, why, first, offset, count }: Unread): ZipProblem {
  const what =
    count === 1 ? `The entry ${printable(first)} is` : `${count} entries, ${printable(first)} the first of them, are`;
  return { kind, entry: first, offset, decodedOffset: offset, message: `${what} ${why}.` };
}

/** The problem with the name of the entry, and with its place in the directory: the damage may as well be there. */
function placed(problem: ZipProblem, entry: CentralEntry | undefined): ZipProblem {
  if (entry === undefined) return problem;
  const { name, offset, endOffset } = entry;
  const other = `Its header in the central directory begins at ${offset}: the damage may be there.`;
  const consequences = [
    { kind: problem.kind, file: '', entry: name, offset, endOffset, decodedOffset: offset, message: other },
  ];
  if (problem.entry !== undefined) return { ...problem, consequences };
  return { ...problem, entry: name, message: `${printable(name)}: ${lowered(problem.message)}`, consequences };
}

function lowered(sentence: string): string {
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`;
}

function archiveBefore({ offset, endOffset }: Gap): ZipProblem {
  const message = `Another archive of ${endOffset} bytes, or what is left of it, stands before this one: readers do not see the same entries.`;
  return { kind: 'corrupt', offset, endOffset, decodedOffset: 0, message };
}

function gapProblem({ offset, endOffset, looksLikeEntry }: Gap): ZipProblem {
  const count = endOffset - offset;
  const what = looksLikeEntry ? ' although they begin like one' : '';
  const message =
    offset === 0 && !looksLikeEntry
      ? `${count} bytes stand before the archive, as in one that extracts itself.`
      : `${count} bytes at ${offset} belong to no entry${what}.`;
  return { kind: 'suspect', offset, endOffset, decodedOffset: offset, message };
}

function inOrder(findings: readonly Finding[]): Finding[] {
  const place = ({ decodedOffset }: Finding) => decodedOffset ?? Number.MAX_SAFE_INTEGER;
  return findings.toSorted((a, b) => place(a) - place(b));
}
