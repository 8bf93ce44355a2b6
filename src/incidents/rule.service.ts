import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Queryable, Tx } from '../database/database.ts';
import { criticalityOf, currentRules } from './rule.queries.ts';
import { insertRules, staleRules } from './rule.store.ts';
import { type NewRules, type Proposal, proposedBy, type RuleFacts, type RuleVersion } from './rule.ts';

/** Makes a new version of the rules; severities that were given before stay. @throws AppError `stale`. */
export async function replaceRules(tx: Tx, caller: Caller, expected: number, wanted: NewRules): Promise<RuleVersion> {
  const { version } = await currentRules(tx);
  if (version !== expected) throw staleRules(expected, version);
  await insertRules(tx, version + 1, wanted, caller.principal.id);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'incident-rules.replace',
    subjectKind: 'incident-rules',
    subjectId: String(version + 1),
    details: { note: wanted.note, rules: wanted.rules.map(({ name }) => name) },
  });
  return currentRules(tx);
}

/** What the rules in force propose for an incident; undefined when none of them fits. */
export async function proposalFor(
  db: Queryable,
  incident: Omit<RuleFacts, 'criticality'> & { readonly serviceId: string | null },
): Promise<{ readonly version: number; readonly proposal: Proposal | undefined }> {
  const { version, rules } = await currentRules(db);
  const criticality = await criticalityOf(db, incident.serviceId);
  return { version, proposal: proposedBy(rules, { ...incident, criticality }) };
}
