/** What is said of a backup after a check. `sound` is the only good one. */
export type Verdict = 'sound' | 'damaged' | 'altered' | 'hostile' | 'missing' | 'suspect' | 'unverifiable';

/**
 * The one table from what was found to what is said of the backup. It is published in the documentation
 * as it stands here.
 */
export const VERDICT_OF_KIND = {
  /** Named by a manifest, and not there. */
  missing: 'missing',
  /** There, but without a single byte or entry. */
  empty: 'damaged',
  /** The end is lost: what is there may well be good. */
  truncated: 'damaged',
  /** The structure is broken: a checksum inside fails, or bytes stand where the format allows none. */
  corrupt: 'damaged',
  /** The medium refused to give the bytes, twice. */
  unreadable: 'damaged',
  /** The structure is fine, but the bytes are not those on record, or the signature does not fit. */
  altered: 'altered',
  /** Made to harm whoever unpacks it: traversal, escaping links, devices, bombs, doubled names. */
  hostile: 'hostile',
  /** A file or an entry that no manifest names. */
  unexpected: 'suspect',
  /** The name claims one format, the content is another. */
  'mismatched-type': 'suspect',
  /** Size or modification time moved while it was read: read it again. */
  'changed-while-read': 'suspect',
  /** A read failed and a second one succeeded: the medium is dying. */
  'unstable-read': 'suspect',
  /** Legal, but not what a sound writer makes. */
  suspect: 'suspect',
  /** Whoever made it says that not all of its source is in it. */
  incomplete: 'suspect',
  /** This process may not read it. Says nothing about the bytes. */
  'no-access': 'unverifiable',
  /** Signed with a key that the check was not given. */
  'no-key': 'unverifiable',
  /** The manifest carries no signature. */
  unsigned: 'unverifiable',
  /** A format, version or algorithm that this engine does not know. */
  'unknown-format': 'unverifiable',
  /** The level asks for a comparison, and nothing is on record to compare with. */
  'no-record': 'unverifiable',
} as const satisfies Readonly<Record<string, Verdict>>;

export type FindingKind = keyof typeof VERDICT_OF_KIND;

/** Verdicts from worst to best: the first that any finding calls for is the verdict of the whole. */
export const VERDICTS_WORST_FIRST: readonly Verdict[] = [
  'hostile',
  'altered',
  'damaged',
  'missing',
  'suspect',
  'unverifiable',
  'sound',
];

/** One thing that is wrong, where, and what followed from it. */
export interface Finding {
  readonly kind: FindingKind;
  /** Path of the stored file, relative to what was checked; `.` is the directory itself. */
  readonly file: string;
  /** Path of the entry inside the archive. */
  readonly entry?: string;
  /** First byte of the damaged range in the stored file. */
  readonly offset?: number;
  /** The byte after the damaged range in the stored file. */
  readonly endOffset?: number;
  /** Where in the decoded stream it was noticed; for an entry, where its data begins. */
  readonly decodedOffset?: number;
  readonly expected?: string;
  readonly actual?: string;
  /** A sentence for people. Names in it have their control characters escaped. */
  readonly message: string;
  /** What is wrong only because this is wrong. They do not count for the verdict. */
  readonly consequences?: readonly Finding[];
}

/** The verdict of one kind of finding. */
function verdictOfKind(kind: FindingKind): Verdict {
  return VERDICT_OF_KIND[kind];
}

/**
 * The verdict over root findings: the worst decides. `checkedCount` is the number of things that were really
 * checked (files and entries); with none of them and nothing found the answer is `unverifiable`, never `sound`.
 */
export function verdictOf(findings: readonly Finding[], checkedCount: number): Verdict {
  const called = new Set(findings.map((finding) => verdictOfKind(finding.kind)));
  const worst = VERDICTS_WORST_FIRST.find((verdict) => called.has(verdict));
  if (worst !== undefined) return worst;
  return checkedCount > 0 ? 'sound' : 'unverifiable';
}

/** The findings, those with the worst verdict first; otherwise in the order they had. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  const rank = ({ kind }: Finding) => VERDICTS_WORST_FIRST.indexOf(verdictOfKind(kind));
  return findings.toSorted((a, b) => rank(a) - rank(b));
}

/** Consequences kept beneath one finding; the rest is counted in a last line. */
export const CONSEQUENCES_MAX = 50;

/** The finding with its consequences beneath it, cut to `CONSEQUENCES_MAX` with a line that counts the rest. */
export function withConsequences(finding: Finding, consequences: readonly Finding[]): Finding {
  const all = [...(finding.consequences ?? []), ...consequences];
  if (all.length === 0) return finding;
  if (all.length <= CONSEQUENCES_MAX) return { ...finding, consequences: all };
  const kept = all.slice(0, CONSEQUENCES_MAX);
  const rest: Finding = {
    kind: finding.kind,
    file: finding.file,
    message: `and ${all.length - CONSEQUENCES_MAX} more consequences of the same cause`,
  };
  return { ...finding, consequences: [...kept, rest] };
}

/** Control characters, bidirectional overrides, line separators and half characters: they could rewrite a terminal. */
const UNSAFE = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** A text as it may be printed: control characters as `\xHH` or `\uHHHH`. */
export function escaped(text: string): string {
  return text.replaceAll(UNSAFE, (char) => {
    const code = char.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** A name as it may be printed in a sentence: its control characters escaped, at most 200 characters. */
export function printable(name: string): string {
  const shown = escaped(name);
  return shown.length <= 200 ? shown : `${shown.slice(0, 199)}…`;
}
