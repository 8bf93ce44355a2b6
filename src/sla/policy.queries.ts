import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { Severity } from '../kernel/severity.ts';
import type { PolicyOrigin, PolicyStarts, PolicyTargets, ServiceTargets, SlaPolicy } from './policy.ts';
import { changeInWords, loosenedFor } from './policy-change.ts';

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

/**
 * What later versions have loosened for a service, a sentence for each: what was proven under `since` is not proven by that.
 * Nothing of an example counts, which nobody has committed to.
 */
export async function loosenedSince(
  db: Queryable,
  versions: { readonly since: number; readonly until: number },
  about: { readonly severity: Severity; readonly serviceId: string | null },
): Promise<string[]> {
  const sentences: string[] = [];
  let before = await policyVersion(db, versions.since);
  for (let version = versions.since + 1; version <= versions.until; version += 1) {
    const after = await policyVersion(db, version);
    if (before.origin === 'confirmed') {
      const approved = after.approvedBy === null ? '' : `, approved by ${after.approvedBy.name}`;
      for (const change of loosenedFor(before, after, about))
        sentences.push(`Policy version ${version} loosened ${changeInWords(change)}${approved}.`);
    }
    before = after;
  }
  return sentences;
}

interface PolicyRow {
  readonly version: number;
  readonly origin: PolicyOrigin;
  readonly note: string;
  readonly starts: PolicyStarts;
  readonly created_at: Date;
  readonly confirmed_by: string | null;
  readonly confirmed_by_name: string | null;
  readonly approved_by: string | null;
  readonly approved_by_name: string | null;
  readonly targets: PolicyTargets;
  readonly services: readonly ServiceTargets[];
}

/** The figures of a row of targets; no terms and no seconds are left out. */
const figuresOf = (row: string) => `jsonb_strip_nulls(jsonb_build_object(
  'respondSeconds', ${row}.respond_seconds, 'planSeconds', ${row}.plan_seconds,
  'recoverSeconds', ${row}.recover_seconds, 'rpoSeconds', ${row}.rpo_seconds, 'terms', nullif(${row}.terms, '{}')))`;

const SELECT_POLICY = `
  SELECT v.version, v.origin, v.note, v.starts, v.created_at, v.confirmed_by, p.name AS confirmed_by_name,
         v.approved_by, a.name AS approved_by_name,
         (SELECT jsonb_object_agg(t.severity, ${figuresOf('t')})
          FROM sla_target t WHERE t.policy_version = v.version) AS targets,
         coalesce((SELECT jsonb_agg(jsonb_build_object('serviceId', s.service_id, 'severity', s.severity)
             || ${figuresOf('s')} ORDER BY s.service_id, s.severity)
          FROM sla_service_target s WHERE s.policy_version = v.version), '[]') AS services
  FROM sla_policy_version v LEFT JOIN principal p ON p.id = v.confirmed_by
    LEFT JOIN principal a ON a.id = v.approved_by`;

function policyOf(row: PolicyRow): SlaPolicy {
  const { version, origin, targets, services, starts, note } = row;
  return {
    ...{ version, origin, targets, services, starts, note },
    createdAt: instantOf(row.created_at),
    confirmedBy: personOf(row.confirmed_by, row.confirmed_by_name),
    approvedBy: personOf(row.approved_by, row.approved_by_name),
  };
}

function personOf(id: string | null, name: string | null): SlaPolicy['confirmedBy'] {
  return id === null ? null : { id, name: name ?? '' };
}
