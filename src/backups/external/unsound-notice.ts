import type { Tx } from '../../database/database.ts';
import { postNotice } from '../../notices/notice.store.ts';
import type { Verdict } from '../../verification/finding.ts';
import type { BackupSet, ExternalSet, RecoveryPoint } from '../backup-catalogue.ts';

/** Verdicts that the owner of a set is told of. `unverifiable` says nothing about the point. */
const TOLD: ReadonlySet<Verdict> = new Set<Verdict>(['damaged', 'missing', 'altered', 'suspect', 'hostile']);

/** What was found of a point. */
export interface NewVerdict {
  /** As it was before. */
  readonly point: Pick<RecoveryPoint, 'id' | 'name' | 'verdict'>;
  readonly verdict: Verdict;
  /** The first finding, as one sentence. */
  readonly because: string;
  /** What makes it a new occasion: the id of the check, of the report, or the instant of the listing. */
  readonly occasion: string;
}

/**
 * Tells the owner of an external set that a point is not what it should be, in the transaction that records the verdict. Only a
 * verdict that is another one than before is told, once for each occasion. Sets without an owner have nobody to tell.
 * @returns how many notices are new.
 */
export async function tellUnsoundPoint(
  tx: Tx,
  set: Pick<BackupSet, 'id' | 'name' | 'external'>,
  { point, verdict, because, occasion }: NewVerdict,
): Promise<number> {
  if (set.external === undefined || !TOLD.has(verdict) || point.verdict === verdict) return 0;
  return postNotice(tx, {
    kind: 'recovery-point.unsound',
    recipients: [set.external.owner.id],
    subjectKind: 'recovery-point',
    subjectId: point.id,
    summary: `${set.name}: the recovery point ${shortened(point.name)} is ${verdict}. ${because}`,
    details: { setId: set.id, set: set.name, point: point.name, verdict, because, occasion },
    onceKey: `recovery-point.unsound/${point.id}/${verdict}/${occasion}`,
  });
}

/** What a listing found of several points of a set at once. */
export interface UnsoundPoints {
  readonly verdict: 'missing' | 'altered' | 'damaged';
  readonly names: readonly string[];
  /** What makes it a new occasion: the id of the batch. */
  readonly occasion: string;
}

/**
 * Tells the owner of an external set that points of it are not what they should be, in the transaction that records it: one
 * notice however many they are, because a directory that vanishes takes thousands along.
 * @returns how many notices are new.
 */
export async function tellUnsoundPoints(
  tx: Tx,
  set: Pick<ExternalSet, 'id' | 'name' | 'external'>,
  { verdict, names, occasion }: UnsoundPoints,
): Promise<number> {
  const [first] = names;
  if (first === undefined) return 0;
  const which = names.length === 1 ? 'a recovery point is' : `${names.length} recovery points are`;
  return postNotice(tx, {
    kind: 'backup-set.unsound',
    recipients: [set.external.owner.id],
    subjectKind: 'backup-set',
    subjectId: set.id,
    summary: `${set.name}: ${which} ${verdict}${names.length === 1 ? ':' : ', first'} ${shortened(first)}`,
    details: { set: set.name, verdict, count: names.length, first: names.slice(0, NAMES_MAX).map(shortened) },
    onceKey: `backup-set.unsound/${set.id}/${verdict}/${occasion}`,
  });
}

const NAMES_MAX = 10;
const NAME_CHARACTERS_MAX = 200;

/** The end of a path tells points apart. */
function shortened(name: string): string {
  return name.length <= NAME_CHARACTERS_MAX ? name : `…${name.slice(-NAME_CHARACTERS_MAX)}`;
}
