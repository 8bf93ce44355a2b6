import type { Finding, FindingKind } from './finding.ts';

/** Findings of one kind that are kept for one file; the rest is counted. */
const KEPT_PER_KIND = 20;

/** A bounded list of findings. Kinds are bounded one by one, so that many small ones never hide a worse one. */
export class FindingList {
  readonly #file: string;
  readonly #findings: Finding[] = [];
  readonly #counts = new Map<FindingKind, number>();

  constructor(file: string) {
    this.#file = file;
  }

  get isEmpty(): boolean {
    return this.#findings.length === 0;
  }

  /** Adds a finding about this list's file. */
  add(finding: Omit<Finding, 'file'>): void {
    const count = (this.#counts.get(finding.kind) ?? 0) + 1;
    this.#counts.set(finding.kind, count);
    if (count <= KEPT_PER_KIND) this.#findings.push({ ...finding, file: this.#file });
  }

  /** All that were kept, in order, and a line for each kind of which more were found. */
  all(): Finding[] {
    const rest: Finding[] = [];
    for (const [kind, count] of this.#counts) {
      if (count <= KEPT_PER_KIND) continue;
      rest.push({ kind, file: this.#file, message: `and ${count - KEPT_PER_KIND} more findings of the kind ${kind}` });
    }
    return [...this.#findings, ...rest];
  }
}
