import type { Finding } from '../../../src/verification/finding.ts';
import type { ByteRange, Damage, DamageKind } from './damages.ts';

/** Judges a stored file. */
export type Check = (bytes: Buffer) => readonly Finding[] | Promise<readonly Finding[]>;

/** What the format promises. */
export interface MatrixOptions {
  /**
   * Bytes of the sound file over which the format carries no checksum and no second copy. Damage of which every changed byte
   * lies in these may pass: it is counted as `unseen` when it does.
   */
  readonly blind?: readonly ByteRange[];
  /** The sound file: needed with `blind`, to know which bytes were changed. */
  readonly sound?: Buffer;
  /** Whether the format calls these damaged bytes a whole file again, for a reason that no list of ranges says. */
  readonly looksSound?: (bytes: Buffer) => boolean | Promise<boolean>;
}

/** How a format did against its damages. */
export interface Matrix {
  readonly tried: number;
  /** For each kind of damage, how often it was tried. */
  readonly triedOfKind: Readonly<Partial<Record<DamageKind, number>>>;
  /** Names of damages without any finding, although the format should show them. Expected to be empty. */
  readonly missed: readonly string[];
  /** Damages that were found, but no finding has a range that touches the damage. */
  readonly misplaced: readonly string[];
  /** Damages that have more than one root finding. */
  readonly scattered: readonly string[];
  /** Damages of blind bytes, or such as look sound, that were not found. */
  readonly unseen: number;
  /** Damages whose worst finding, as `kindOf` tells it, was this: `damage kind > finding kind` with a count. */
  readonly verdicts: Readonly<Record<string, number>>;
}

/**
 * Runs a check over damaged copies. An exception of the check is not caught: it must never throw for bytes.
 *
 *     const matrix = await judgeDamages(damagesOf(sound, { boundaries, fields, other }), findingsOf, { sound, blind });
 *     expect(matrix.missed).toEqual([]);
 *     expect(matrix.misplaced).toEqual([]);
 */
export async function judgeDamages(
  damages: Iterable<Damage>,
  check: Check,
  options: MatrixOptions = {},
): Promise<Matrix> {
  const triedOfKind: Partial<Record<DamageKind, number>> = {};
  const missed: string[] = [];
  const misplaced: string[] = [];
  const scattered: string[] = [];
  const verdicts: Record<string, number> = {};
  let tried = 0;
  let unseen = 0;
  for (const damage of damages) {
    tried += 1;
    triedOfKind[damage.kind] = (triedOfKind[damage.kind] ?? 0) + 1;
    const findings = await check(damage.bytes);
    const verdict = `${damage.kind} > ${findings[0]?.kind ?? 'nothing'}`;
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
    if (findings.length > 1) scattered.push(describe(damage, findings));
    if (findings.length > 0) {
      if (!findings.some((finding) => pointsAt(finding, damage.range))) misplaced.push(describe(damage, findings));
    } else if (isBlind(damage, options) || (await options.looksSound?.(damage.bytes)) === true) unseen += 1;
    else missed.push(damage.name);
  }
  return { tried, triedOfKind, missed, misplaced, scattered, unseen, verdicts };
}

/**
 * Whether the finding, or a consequence of it, has a range that touches this one. Plain contents give `decodedOffset` only,
 * and where nothing is left there is no place to tell.
 */
export function pointsAt(finding: Finding, range: ByteRange): boolean {
  if (finding.kind === 'empty' && range.endOffset === 0) return true;
  const offset = finding.offset ?? finding.decodedOffset;
  const endOffset = finding.endOffset ?? offset;
  const touches =
    offset !== undefined && endOffset !== undefined && offset <= range.endOffset && endOffset >= range.offset;
  return touches || (finding.consequences ?? []).some((consequence) => pointsAt(consequence, range));
}

function isBlind({ bytes }: Damage, { sound, blind = [] }: MatrixOptions): boolean {
  if (sound === undefined || bytes.length !== sound.length) return false;
  // With the blind bytes put back, nothing is left of the damage.
  const restored = Buffer.from(bytes);
  for (const { offset, endOffset } of blind) sound.copy(restored, offset, offset, endOffset);
  return restored.equals(sound);
}

function describe(damage: Damage, findings: readonly Finding[]): string {
  const told = findings.map(({ kind, offset, endOffset, decodedOffset, message }) =>
    [kind, offset ?? decodedOffset, endOffset, message].filter((part) => part !== undefined).join(' '),
  );
  return `${damage.name}: ${told.join(' | ')}`;
}
