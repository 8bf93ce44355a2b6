import { type Finding, printable, withConsequences } from './finding.ts';
import { directoriesAbove } from './tar-name.ts';
import type { Tree } from './tree-walk.ts';

/**
 * Findings of one kind, each about one name: what lies below a directory that has such a finding itself follows from it.
 */
export function beneathTheirDirectories(findings: readonly Finding[]): Finding[] {
  const byPath = new Map(findings.map((finding) => [finding.file, finding] as const));
  const below = new Map<string, Finding[]>();
  const roots: Finding[] = [];
  for (const finding of findings) {
    const root = directoriesAbove(finding.file).find((directory) => byPath.has(directory));
    if (root === undefined) {
      roots.push(finding);
      continue;
    }
    const consequences = below.get(root);
    if (consequences === undefined) below.set(root, [finding]);
    else consequences.push(finding);
  }
  return roots.map((root) => withConsequences(root, below.get(root.file) ?? []));
}

/** Findings of one kind that are kept; the rest is counted. */
const KEPT_PER_KIND = 100;

/** Findings about many files. Of each kind the first hundred are kept, the rest is one line: memory stays bounded. */
export class FindingsPerKind {
  readonly #kept: Finding[] = [];
  readonly #counts = new Map<Finding['kind'], number>();

  add(finding: Finding, times = 1): void {
    const before = this.#counts.get(finding.kind) ?? 0;
    this.#counts.set(finding.kind, before + times);
    if (before < KEPT_PER_KIND) this.#kept.push(finding);
  }

  all(): Finding[] {
    const rest: Finding[] = [];
    for (const [kind, count] of this.#counts) {
      const more = count - KEPT_PER_KIND;
      if (more > 0) rest.push({ kind, file: '.', message: `and ${more} more findings of the kind ${kind}` });
    }
    return [...this.#kept, ...rest];
  }
}

/** What of a tree could not be looked at. */
export function treeFaults({ faults, isComplete }: Tree, namesMax: number): Finding[] {
  const findings = faults.map(({ path, reason, code }): Finding => {
    const place = path === '.' ? 'The directory' : printable(path);
    if (reason === 'missing') return { kind: 'missing', file: path, message: `${place} is not there.` };
    if (reason === 'not-a-directory') {
      return { kind: 'mismatched-type', file: path, message: `${place} is not a directory.` };
    }
    return { kind: reason, file: path, message: `${place} cannot be read (${code}).` };
  });
  if (isComplete) return findings;
  return [
    ...findings,
    { kind: 'hostile', file: '.', message: `There are more than ${namesMax} names; no more are read.` },
  ];
}
