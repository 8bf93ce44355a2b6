import { ADVISORY_LOCKS } from '../database/advisory-locks.ts';
import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import { SEVERITIES } from '../kernel/severity.ts';
import { PolicyVersionEntity, TargetEntity } from './policy.entity.ts';
import type { PolicyFigures, PolicyOrigin, ServiceTargets } from './policy.ts';

/** What a new version says. */
export interface PolicyDraft extends PolicyFigures {
  readonly origin: PolicyOrigin;
  readonly note: string;
  /** The principal that stands for it; null for the example. */
  readonly confirmedBy: string | null;
  /** Who has approved that it loosens a target. */
  readonly approvedBy: string | null;
}

/** Makes writers of the policy take turns until the transaction ends. Read the current version after it, not before. */
export async function lockPolicy(tx: Tx): Promise<void> {
  await tx.execute('SELECT pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.slaPolicy]);
}

/**
 * Writes one version with its targets. The caller holds {@link lockPolicy} and has read which number is next.
 * @throws AppError `unprocessable` `unsuitable-service`.
 */
export async function insertPolicyVersion(tx: Tx, version: number, draft: PolicyDraft): Promise<void> {
  const { origin, note, starts, confirmedBy, approvedBy, targets, services } = draft;
  await tx.repository(PolicyVersionEntity).insert({ version, origin, note, starts, confirmedBy, approvedBy });
  const rows = SEVERITIES.map((severity) => {
    const { terms = {}, ...seconds } = targets[severity];
    return { policyVersion: version, severity, ...seconds, terms };
  });
  await tx.repository(TargetEntity).insert(rows);
  for (const [index, service] of services.entries()) await insertServiceTargets(tx, version, service, index);
}

async function insertServiceTargets(tx: Tx, version: number, own: ServiceTargets, index: number): Promise<void> {
  const { serviceId, severity, respondSeconds, planSeconds, recoverSeconds, rpoSeconds, terms } = own;
  const seconds = [respondSeconds, planSeconds, recoverSeconds, rpoSeconds].map((value) => value ?? null);
  await mapConstraints({ sla_service_target_service_id_fkey: () => unsuitableService(serviceId, index) }, () =>
    tx.execute(
      `INSERT INTO sla_service_target
         (policy_version, service_id, severity, respond_seconds, plan_seconds, recover_seconds, rpo_seconds, terms)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb)`,
      [version, serviceId, severity, ...seconds, JSON.stringify(terms ?? {})],
    ),
  );
}

function unsuitableService(id: string, index: number): AppError {
  return new AppError('unprocessable', 'unsuitable-service', `There is no service ${id}`, {
    fields: [{ field: `#/services/${index}/serviceId`, message: 'must be the id of a service' }],
  });
}
