import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { PolicyOrigin, PolicyTargets, SlaPolicy } from './policy.ts';

/**
 * The policy in force: the newest version.
 * @throws AppError `not-found` when there is none yet (the first start makes one).
 */
export async function currentPolicy(db: Queryable): Promise<SlaPolicy> {
  const policy = await findCurrentPolicy(db);
  if (!policy)
    throw new AppError('not-found', 'no-sla-policy', 'There is no SLA policy yet: the first start makes one');
  return policy;
}

/** The policy in force, or undefined in a database that has never been started on. */
export async function findCurrentPolicy(db: Queryable): Promise<SlaPolicy | undefined> {
  return (await listPolicyVersions(db, { limit: 1 }))[0];
}

/**
 * One version, as it was and will always be.
 * @throws AppError `not-found`.
 */
export async function policyVersion(db: Queryable, version: number): Promise<SlaPolicy> {
  const rows = await db.rows<PolicyRow>(`${SELECT_POLICY} WHERE v.version = $1`, [version]);
  if (!rows[0]) throw new AppError('not-found', 'no-such-policy-version', `There is no SLA policy version ${version}`);
  return policyOf(rows[0]);
}

/** Versions from the newest down; `before` continues below a version. */
export async function listPolicyVersions(
  db: Queryable,
  page: { readonly limit: number; readonly before?: number | undefined },
): Promise<SlaPolicy[]> {
  const rows = await db.rows<PolicyRow>(
    `${SELECT_POLICY} WHERE $1::integer IS NULL OR v.version < $1 ORDER BY v.version DESC LIMIT $2`,
    [page.before ?? null, page.limit],
  );
  return rows.map(policyOf);
}

interface PolicyRow {
  readonly version: number;
  readonly origin: PolicyOrigin;
  readonly note: string;
  readonly created_at: Date;
  readonly confirmed_by: string | null;
  readonly confirmed_by_name: string | null;
  readonly targets: PolicyTargets;
}

const SELECT_POLICY = `
  SELECT v.version, v.origin, v.note, v.created_at, v.confirmed_by, p.name AS confirmed_by_name,
         (SELECT jsonb_object_agg(t.severity, jsonb_build_object(
             'respondSeconds', t.respond_seconds, 'planSeconds', t.plan_seconds,
             'recoverSeconds', t.recover_seconds, 'rpoSeconds', t.rpo_seconds))
          FROM sla_target t WHERE t.policy_version = v.version) AS targets
  FROM sla_policy_version v LEFT JOIN principal p ON p.id = v.confirmed_by`;

function policyOf(row: PolicyRow): SlaPolicy {
  return {
    version: row.version,
    origin: row.origin,
    targets: row.targets,
    note: row.note,
    createdAt: instantOf(row.created_at),
    confirmedBy: row.confirmed_by === null ? null : { id: row.confirmed_by, name: row.confirmed_by_name ?? '' },
  };
}
