import type { z } from 'zod';
import type { Queryable } from '../database/database.ts';
import type { Keyring } from '../secrets/keyring.ts';
import { confirmationsOf } from './confirmation.store.ts';
import { type runDetailSchema, runDetailView } from './drill.views.ts';
import { runById, targetsOf } from './drill-run.queries.ts';
import { findEvidence } from './evidence.store.ts';
import { holdingsOf } from './holding.queries.ts';
import { participantsOf } from './participant.queries.ts';
import { drillRunProgress } from './progress.ts';
import { attemptsOf } from './step-attempt.store.ts';
import { objectivesOf } from './yardstick.ts';

/** A run with everything about it, as the API shows it. */
export type RunDetail = z.input<typeof runDetailSchema>;

/**
 * Reads a run with everything about it.
 * @throws AppError `not-found` `unknown-run`.
 */
export async function readRunDetail(
  db: Queryable,
  { publicKey }: Pick<Keyring, 'publicKey'>,
  runId: string,
): Promise<RunDetail> {
  const run = await runById(db, runId);
  return runDetailView(run, {
    progress: await drillRunProgress(db, run.id),
    steps: await attemptsOf(db, run.id),
    objectives: await objectivesOf(db, run),
    targets: await targetsOf(db, run.id),
    holdings: await holdingsOf(db, run.id),
    confirmations: await confirmationsOf(db, run.id),
    participants: await participantsOf(db, run),
    evidence: await findEvidence(db, run.id),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  });
}
