import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { newId } from '../kernel/ids.ts';
import { movementsOfBatch } from './movement.queries.ts';
import { insertMovements, settleMovements } from './movement.store.ts';
import type { Movement } from './movement.ts';
import type { MovementLine } from './movement-line.ts';

/** What was done, under one number. */
export interface MovementBatch {
  readonly batchId: string;
  readonly movements: readonly Movement[];
}

/** What an act of movements says of itself. */
export interface ActWords {
  /** The audit action: `stock.transfer`. */
  readonly action: string;
  readonly reason?: string | undefined;
  readonly reference?: string | undefined;
  readonly occurredAt?: Date | undefined;
  /** For the audit entry; the lines themselves are in the ledger. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * Carries an act out: its lines into the ledger, the last look at holds and check-outs, one audit entry. The caller has
 * locked what moves.
 * @throws AppError what `insertMovements` and `settleMovements` throw.
 */
export async function carryOut(
  tx: Tx,
  caller: Caller,
  { action, reason, reference, occurredAt, details }: ActWords,
  lines: readonly MovementLine[],
): Promise<MovementBatch> {
  const batchId = newId();
  const said = lines.map((line) => ({
    ...line,
    reason: line.reason ?? reason,
    reference: line.reference ?? reference,
  }));
  await insertMovements(tx, said, { actorId: caller.principal.id, batchId, occurredAt });
  await settleMovements(tx);
  await recordAudit(tx, {
    ...originOf(caller),
    action,
    subjectKind: 'movement-batch',
    subjectId: batchId,
    details: { ...details, reason, reference, lines: lines.length },
  });
  return { batchId, movements: await movementsOfBatch(tx, batchId) };
}
