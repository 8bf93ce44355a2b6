import { ADVISORY_LOCKS } from '../database/advisory-locks.ts';
import type { Tx } from '../database/database.ts';
import { SEVERITIES } from '../kernel/severity.ts';
import { PolicyVersionEntity, TargetEntity } from './policy.entity.ts';
import type { PolicyOrigin, PolicyTargets } from './policy.ts';

/** What a new version says. */
export interface PolicyDraft {
  readonly origin: PolicyOrigin;
  readonly targets: PolicyTargets;
  readonly note: string;
  /** The principal that stands for it; null for the example. */
  readonly confirmedBy: string | null;
}

/** Makes writers of the policy take turns until the transaction ends. Read the current version after it, not before. */
export async function lockPolicy(tx: Tx): Promise<void> {
  await tx.execute('SELECT pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.slaPolicy]);
}

/** Writes one version with its targets. The caller holds {@link lockPolicy} and has read which number is next. */
export async function insertPolicyVersion(tx: Tx, version: number, draft: PolicyDraft): Promise<void> {
  await tx
    .repository(PolicyVersionEntity)
    .insert({ version, origin: draft.origin, note: draft.note, confirmedBy: draft.confirmedBy });
  await tx
    .repository(TargetEntity)
    .insert(SEVERITIES.map((severity) => ({ policyVersion: version, severity, ...draft.targets[severity] })));
}
