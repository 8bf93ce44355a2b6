import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { databaseNowMs } from '../database/now.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { dateOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { Suppression } from './alert.ts';
import { suppressionById } from './suppression.queries.ts';
import type { AlertSuppression, NewSuppression } from './suppression.ts';

/**
 * Lets nobody be told of what matches until it ends. Alerts are opened, raised and closed meanwhile, as suppressed; what is still
 * open at the end is told then.
 * @throws AppError `unprocessable` `unsuitable-span`, `unsuitable-service`, `unsuitable-rule`.
 */
export async function suppressAlerts(
  tx: Tx,
  caller: Caller,
  kind: Suppression,
  wanted: NewSuppression,
): Promise<AlertSuppression> {
  const { ruleId, key, serviceId, reason, startsAt, endsAt } = wanted;
  const nowMs = await databaseNowMs(tx);
  const starts = startsAt ? dateOf(startsAt) : new Date(nowMs);
  if (endsAt.epochMilliseconds <= nowMs) throw unsuitable('span', '#/endsAt', 'must lie in the future');
  const id = newId();
  const errors = {
    alert_suppression_span: () => unsuitable('span', '#/endsAt', 'must lie behind the start, by at most 90 days'),
    alert_suppression_service_fkey: () => unsuitable('service', '#/serviceId', 'must be the id of a service'),
    alert_suppression_rule_fkey: () => unsuitable('rule', '#/ruleId', 'must be the id of a rule'),
  };
  await mapConstraints(errors, () =>
    tx.execute(
      `INSERT INTO alert_suppression (id, kind, rule_id, key, service_id, reason, starts_at, ends_at, created_by)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        ...[id, kind, ruleId ?? null, key ?? null, serviceId ?? null, reason, starts, dateOf(endsAt)],
        caller.principal.id,
      ],
    ),
  );
  const made = await suppressionById(tx, id);
  const details = { ...wanted, startsAt: made.startsAt.toString(), endsAt: endsAt.toString() };
  await recordSuppressionAct(tx, caller, made, 'create', details);
  return made;
}

/** Ends a silence or a maintenance window early. @throws AppError `not-found`; `conflict` `suppression-over`. */
export async function endSuppression(tx: Tx, caller: Caller, id: string): Promise<AlertSuppression> {
  const ended = await tx.execute(
    `UPDATE alert_suppression SET ended_at = clock_timestamp(), ended_by = $2
     WHERE id = $1 AND ended_at IS NULL AND ends_at > clock_timestamp()`,
    [id, caller.principal.id],
  );
  const after = await suppressionById(tx, id);
  if (ended === 0) throw new AppError('conflict', 'suppression-over', 'It is over already');
  await recordSuppressionAct(tx, caller, after, 'end', {});
  return after;
}

function unsuitable(what: 'span' | 'service' | 'rule', field: string, message: string): AppError {
  return new AppError('unprocessable', `unsuitable-${what}`, `${field.slice(2)} ${message}`, {
    fields: [{ field, message }],
  });
}

async function recordSuppressionAct(
  tx: Tx,
  caller: Caller,
  { id, kind }: AlertSuppression,
  act: 'create' | 'end',
  details: Record<string, unknown>,
): Promise<void> {
  await recordAudit(tx, {
    ...originOf(caller),
    action: `alert-${kind}.${act}`,
    subjectKind: 'alert-suppression',
    subjectId: id,
    details,
  });
}
