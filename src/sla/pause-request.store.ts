import { permissionsOf, type Role } from '../auth/permissions.ts';
import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import type { PauseDecision } from './pause-request.ts';

/** A request as it is written: the database adds when. */
interface PauseRequestDraft {
  readonly id: string;
  readonly clockId: string;
  readonly reason: string;
  readonly askedId: string | null;
  readonly requestedById: string;
}

/** @throws AppError `conflict` `clock-stopped`, `clock-not-running`, `pause-requested` when another one waits. */
export async function insertPauseRequest(tx: Tx, draft: PauseRequestDraft): Promise<void> {
  const conflict = (code: string, message: string) => () => new AppError('conflict', code, message);
  const errors = {
    sla_pause_request_of_open: conflict('clock-stopped', 'The clock has been stopped for good'),
    sla_pause_request_of_running: conflict('clock-not-running', 'The clock is paused, not running'),
    sla_pause_open_one: conflict('pause-requested', 'Somebody has asked for a pause already: it waits for a decision'),
  };
  await mapConstraints(errors, () =>
    tx.execute(
      'INSERT INTO sla_pause_request (id, clock_id, reason, asked_id, requested_by) VALUES ($1, $2, $3, $4, $5)',
      [draft.id, draft.clockId, draft.reason, draft.askedId, draft.requestedById],
    ),
  );
}

/** A decision as it is written: the database adds when, and from when it holds. */
type PauseDecisionDraft = Pick<PauseDecision, 'outcome' | 'note' | 'isBackDated'> & { readonly decidedById: string };

/**
 * Decides a request that is open.
 * @returns from when the clock stands still, in milliseconds since 1970; null unless it is approved.
 * @throws AppError `conflict` `pause-request-closed`.
 */
export async function insertPauseDecision(
  tx: Tx,
  requestId: string,
  draft: PauseDecisionDraft,
): Promise<number | null> {
  const closed = () => new AppError('conflict', 'pause-request-closed', `Request ${requestId} is not open any more`);
  const errors = { sla_pause_decision_of_open: closed, sla_pause_decision_pkey: closed };
  const [row] = await mapConstraints(errors, () =>
    tx.rows<{ readonly effectiveAt: Date | null }>(
      `INSERT INTO sla_pause_decision (request_id, outcome, note, since_request, decided_by)
       VALUES ($1, $2, $3, $4, $5) RETURNING effective_at AS "effectiveAt"`,
      [requestId, draft.outcome, draft.note, draft.isBackDated, draft.decidedById],
    ),
  );
  return row?.effectiveAt?.getTime() ?? null;
}

/**
 * Holds an active person who may approve, whom nobody can disable until the transaction ends.
 * @throws AppError `unprocessable` `unsuitable-approver`.
 */
export async function holdApprover(tx: Tx, id: string, callerId: string): Promise<void> {
  const [person] = await tx.rows<{ readonly name: string; readonly roles: Role[] }>(
    `SELECT name, roles FROM principal WHERE id = $1 AND kind = 'person' AND disabled_at IS NULL FOR SHARE`,
    [id],
  );
  const reason = person ? whyUnsuitable(person, id === callerId) : `there is no active person ${id}`;
  if (reason === undefined) return;
  throw new AppError('unprocessable', 'unsuitable-approver', `A pause is approved by another person: ${reason}`, {
    fields: [
      { field: '#/askedId', message: `must be an active person who may approve, and not the caller: ${reason}` },
    ],
  });
}

function whyUnsuitable({ name, roles }: { name: string; roles: Role[] }, isCaller: boolean): string | undefined {
  if (isCaller) return `${name} is the one who asks for it`;
  return permissionsOf(roles).has('sla.operate') ? undefined : `${name} lacks the permission sla.operate`;
}
