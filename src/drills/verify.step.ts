import { type PointVerdict, recordVerdict } from '../backups/catalogue.store.ts';
import { requireRepository } from '../backups/external/copy-point.ts';
import { examineCopy, verdictToNote } from '../backups/external/examine-copy.ts';
import { AppError } from '../kernel/errors.ts';
import { MANIFEST_FILE } from '../verification/directory-marks.ts';
import type { Finding, Verdict } from '../verification/finding.ts';
import { includesLevel, type Level } from '../verification/level.ts';
import type { StepOf } from './definition-steps.ts';
import { recordFindings } from './drill-part.store.ts';
import { isWatched, type WatchedPoint } from './point-choice.ts';
import { orAbsent, provisioned, type Recovery, SANDBOX_PARTS } from './recovery.ts';
import { pathInside } from './sandbox.ts';

/** What a verification found, whatever kind of point it read. */
interface Verified {
  readonly verdict: Verdict;
  /** Undefined: it is not there. */
  readonly level: Level | undefined;
  readonly findings: readonly Finding[];
  readonly filesChecked: number;
  readonly entriesChecked: number;
  /** What the catalogue is told of it. */
  readonly noted: PointVerdict;
}

/**
 * Checks the copy, at the level asked for. Anything but a sound verdict ends the drill here, and is noted in the catalogue:
 * nothing unverified is used. Where damage is expected it is the other way round: the drill goes on when it is found, to judge
 * it, and ends here when it is not.
 * @throws AppError `unprocessable` `backup-not-sound`, `damage-not-found`; `unavailable` `repository-unavailable` when the disk went away
 * meanwhile, which says nothing about the backup.
 */
export async function verify(recovery: Recovery, signal: AbortSignal, step: StepOf<'verify'>): Promise<string> {
  const { recorder } = recovery;
  const { selected } = provisioned(recovery);
  const verified = isWatched(selected)
    ? await verifyWatched(recovery, selected, signal, step)
    : await verifyOwn(recovery, signal, step);
  const { level = 'presence', filesChecked, entriesChecked } = verified;
  if (verified.verdict !== 'sound') {
    const reason = await notSound(recovery, verified);
    if (step.expect === 'damaged' && isDamage(verified.verdict)) return expected(recovery, verified, reason.message);
    throw reason;
  }
  recovery.backup = { state: 'sound' };
  if (step.expect === 'damaged') throw notFound(level);
  recovery.proven = verified.noted;
  if (!includesLevel(level, step.level)) recorder.say(`checked at level ${level} only: no deeper one is known`, 'warn');
  return `sound at level ${level}: ${filesChecked} files, ${entriesChecked} entries`;
}

async function verifyWatched(
  recovery: Recovery,
  { set, point }: WatchedPoint,
  signal: AbortSignal,
  { level }: StepOf<'verify'>,
): Promise<Verified> {
  const { recorder, deps, copied, loadedThread: loaded } = recovery;
  recovery.loadedThread = undefined;
  const { sandbox } = provisioned(recovery);
  const check = await examineCopy(
    { ...deps, publicKeys: [deps.keyring.publicKey] },
    {
      ...{ set, point, level, signal, loaded, isUnchanged: copied?.isUnchanged },
      root: await pathInside(sandbox, SANDBOX_PARTS.copy),
      identityText: await deps.identityText(),
      onProgress: (done, total) => recorder.reportProgress(done, total),
    },
  );
  recorder.reportProgress(check.bytesRead, check.bytesRead);
  recovery.fileDigests = check.fileDigests;
  return { ...check, noted: verdictToNote(point, check) };
}

/** A base backup is unpacked aside on the way, when it is to be unpacked at all. */
async function verifyOwn(recovery: Recovery, signal: AbortSignal, step: StepOf<'verify'>): Promise<Verified> {
  const { recorder, deps } = recovery;
  const { sandbox } = provisioned(recovery);
  const { check, unpacked } = await deps.verifier.verify(
    {
      pointDirectory: await pathInside(sandbox, SANDBOX_PARTS.copy),
      publicKeys: [deps.keyring.publicKey],
      level: step.level,
      unpackInto: await unpackInto(recovery),
    },
    { signal, onProgress: (done, total) => recorder.reportProgress(done, total) },
  );
  recorder.reportProgress(check.bytesRead, check.bytesRead);
  const findings = check.verdict === 'sound' ? foreignPoint(recovery) : check.findings;
  const verdict = check.verdict === 'sound' && findings.length > 0 ? 'altered' : check.verdict;
  if (verdict === 'sound' && unpacked.length > 0) recovery.unpacked = unpacked;
  const { level } = check;
  const digest = verdict === 'sound' ? recovery.manifestSha256 : undefined;
  const noted = { verdict, level, digest, wasReadInFull: includesLevel(level, 'digest') };
  return { ...check, verdict, findings, noted };
}

async function unpackInto({ definition, sandbox }: Recovery): Promise<string | undefined> {
  if (!sandbox || !definition.steps.some(({ step }) => step === 'extract')) return undefined;
  return pathInside(sandbox, SANDBOX_PARTS.unpacked);
}

/** What is missing, hostile or could not be looked at is not the damage that was to be found. */
function isDamage(verdict: Verdict): boolean {
  return verdict === 'damaged' || verdict === 'altered';
}

function expected(recovery: Recovery, { findings, level }: Verified, reason: string): string {
  recovery.damage = findings;
  recovery.backup = { state: 'damaged as expected', reason: `as the drill expects, ${reason.replace(/\.$/, '')}` };
  return `as expected at level ${level ?? 'presence'}: ${reason}`;
}

function notFound(level: Level): AppError {
  const message = `The backup is known to be damaged, and a check at level ${level} calls it sound: the damage was not found`;
  return new AppError('unprocessable', 'damage-not-found', message);
}

/** Root findings that a run keeps; what follows from each lies beneath it and is bounded by the verification. */
const FINDINGS_MAX = 100;

async function notSound(recovery: Recovery, { verdict, noted, findings: found }: Verified): Promise<AppError> {
  const findings = found.slice(0, FINDINGS_MAX);
  const { recorder, runId, deps, signal } = recovery;
  const { selected } = provisioned(recovery);
  await orAbsent(recovery, () => requireRepository(deps, selected.repository, signal));
  await recorder.write(async (tx) => {
    await recordFindings(tx, runId, findings);
    await recordVerdict(tx, selected.point.id, noted);
  });
  for (const finding of findings) recorder.say(`${finding.kind}: ${finding.message}`, 'error');
  if (found.length > FINDINGS_MAX) recorder.say(`and ${found.length - FINDINGS_MAX} more findings`, 'error');
  const reason = `the backup is ${verdict}: ${findings[0]?.message ?? 'nothing in it could be checked'}`;
  recovery.backup = { state: 'absent', reason: `not there in sound form: ${reason}` };
  return new AppError('unprocessable', 'backup-not-sound', reason);
}

/** A whole, rightly signed recovery point of another day in the place of this one is not this one. */
function foreignPoint(recovery: Recovery): Finding[] {
  const { digest, name } = provisioned(recovery).selected.point;
  const { manifestSha256 } = recovery;
  if (digest === undefined || digest === manifestSha256) return [];
  return [
    {
      kind: 'altered',
      file: MANIFEST_FILE,
      expected: digest,
      ...(manifestSha256 === undefined ? {} : { actual: manifestSha256 }),
      message: `The manifest is whole and signed, but not the one on record for ${name}: the recovery point was exchanged.`,
    },
  ];
}
