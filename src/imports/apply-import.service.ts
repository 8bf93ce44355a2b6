import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import { findPrincipal } from '../auth/principal.store.ts';
import { systemCaller } from '../auth/system-caller.ts';
import type { Database, Tx } from '../database/database.ts';
import { sqlFailureOf } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import {
  changedPlans,
  endProgress,
  type LockedImport,
  lockImport,
  noteApplied,
  noteFailure,
  notePlan,
  noteProgress,
  plannedCounts,
} from './import.store.ts';
import type { OnProgress } from './import.ts';
import type { ImportKind } from './import-kind.ts';
import { kindNamed } from './kinds/kinds.ts';
import { planLines } from './plan.ts';

/** Lines that one statement carries out. */
const APPLIED_AT_ONCE = 10_000;

/** Lines that a refusal names. */
const NAMED_MAX = 20;

/**
 * Says what an import would do, line by line, and keeps it with the lines. Nothing else changes.
 * @throws AppError `not-found` `no-such-import`; `conflict` `import-applied`.
 */
export async function checkImport(db: Database, id: string, shown?: OnProgress): Promise<void> {
  const onProgress = progressOf(db, id, shown);
  await noting(db, id, () =>
    db.transaction(async (tx) => {
      const found = await lockImport(tx, id);
      if (found.state === 'applied') {
        throw new AppError('conflict', 'import-applied', `${found.fileName} was applied: what it did is kept`);
      }
      await planLines(tx, kindNamed(found.kind), found, await senderOf(tx, found), onProgress);
      await notePlan(tx, found);
    }),
  );
}

/**
 * Carries an import out: all of it or nothing, in one transaction. Applying it again changes nothing.
 * @throws AppError `not-found` `no-such-import`; `conflict` `import-not-checked`, `import-has-errors`; `import-outdated` when a
 *   line would do something else than when it was checked: it is checked anew then; `import-refused` when the database finds
 *   what no rule has foreseen.
 */
export async function applyImport(db: Database, caller: Caller, id: string, shown?: OnProgress): Promise<void> {
  const onProgress = progressOf(db, id, shown);
  try {
    await noting(db, id, () =>
      db.transaction(async (tx) => {
        const found = await lockImport(tx, id);
        if (found.state === 'applied') return;
        requireApplicable(found);
        const kind = kindNamed(found.kind);
        await planLines(tx, kind, found, caller, onProgress);
        await requireSamePlan(tx, found);
        await carryOut(tx, caller, kind, found, onProgress);
        await noteDone(tx, caller, found);
      }),
    );
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== 'import-outdated') throw thrown;
    await checkImport(db, id, shown);
    await noteFailure(db, id, thrown.message);
    throw thrown;
  }
}

/** Whoever sent the file in: what they may not do is wrong with its lines. */
async function senderOf(tx: Tx, { id, createdBy }: LockedImport): Promise<Caller> {
  if (createdBy === null) return systemCaller('import');
  const principal = await findPrincipal(tx, createdBy);
  if (!principal) throw new AppError('not-found', 'no-such-principal', `There is no principal ${createdBy}`);
  return { principal, requestId: id };
}

/** @throws AppError `conflict` `import-not-checked`, `import-has-errors`. */
export function requireApplicable({
  state,
  fileName,
  errors,
}: Pick<LockedImport, 'state' | 'fileName' | 'errors'>): void {
  if (state !== 'checked') {
    throw new AppError('conflict', 'import-not-checked', `${fileName} has not been checked: wait until it is`);
  }
  if (errors > 0) {
    throw new AppError(
      'conflict',
      'import-has-errors',
      `Nothing was imported: ${errors} lines of ${fileName} are wrong. Correct them and send the file again`,
    );
  }
}

async function requireSamePlan(tx: Tx, { id, fileName }: LockedImport): Promise<void> {
  const lines = await changedPlans(tx, id, NAMED_MAX);
  if (lines.length === 0) return;
  const named = `${lines.length === NAMED_MAX ? 'among them ' : ''}${lines.join(', ')}`;
  throw new AppError(
    'conflict',
    'import-outdated',
    `Nothing was imported: since ${fileName} was checked, something else has changed what its lines would do (lines ${named}). It was checked anew: look at it and apply it again`,
  );
}

async function carryOut(
  tx: Tx,
  caller: Caller,
  kind: ImportKind,
  { id, lastLine, lines }: LockedImport,
  onProgress: OnProgress,
): Promise<void> {
  const atOnce = kind.isWhole ? lastLine : APPLIED_AT_ONCE;
  for (let fromLine = 1; fromLine <= lastLine; fromLine += atOnce) {
    await onProgress({ step: 'applying', done: Math.min(fromLine - 1, lines), total: lines });
    const toLine = fromLine + atOnce - 1;
    const onLines = (done: number) => onProgress({ step: 'applying', done, total: lines });
    await kind.apply(tx, { importId: id, caller, actorId: caller.principal.id, fromLine, toLine, onLines });
    // What the database would otherwise look at when everything is committed, in one statement of any length.
    await tx.execute('SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED');
  }
  await onProgress({ step: 'applying', done: lines, total: lines });
}

async function noteDone(tx: Tx, caller: Caller, { id, kind, fileName, sha256, lines }: LockedImport): Promise<void> {
  const counts = await plannedCounts(tx);
  await noteApplied(tx, id, caller.principal.id);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'import.apply',
    subjectKind: 'import',
    subjectId: id,
    details: { kind, fileName, sha256, lines, ...counts },
  });
}

/** Keeps why a step was not done with the import. What the database refuses is said in its own words. */
async function noting(db: Database, id: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    const failure = sqlFailureOf(thrown);
    const error = failure?.code.startsWith('23')
      ? new AppError('conflict', 'import-refused', `Nothing was imported: ${failure.message}`, { cause: thrown })
      : thrown;
    if (error instanceof AppError && error.kind !== 'unavailable') await noteFailure(db, id, error.message);
    throw error;
  } finally {
    await endProgress(db, id);
  }
}

function progressOf(db: Database, id: string, shown: OnProgress | undefined): OnProgress {
  return async (progress) => {
    await noteProgress(db, id, progress);
    await shown?.(progress);
  };
}
