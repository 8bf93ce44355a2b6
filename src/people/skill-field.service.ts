import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { lockRetirable, retireRow } from '../database/retirable-row.ts';
import { newId } from '../kernel/ids.ts';
import type { IdentityTarget } from './identity.service.ts';
import { SKILL_FIELD_TABLE } from './retirable-table.ts';
import { skillFieldById } from './skill-field.queries.ts';
import { insertSkillField, updateSkillFieldRow } from './skill-field.store.ts';
import type { NewSkillField, SkillField, SkillFieldChange } from './skill-field.ts';

/** Adds a field to the catalogue of skills. @throws AppError `conflict` `skill-field-name-taken`. */
export async function createSkillField(tx: Tx, caller: Caller, wanted: NewSkillField): Promise<SkillField> {
  const id = newId();
  await insertSkillField(tx, id, wanted);
  await recordFieldAct(tx, caller, 'create', id, wanted);
  return skillFieldById(tx, id);
}

/**
 * Changes a field. A new name is required by what services require from then on.
 * @throws AppError `not-found`, `stale`; `conflict` `skill-field-retired`, `skill-field-name-taken`.
 */
export async function updateSkillField(
  tx: Tx,
  caller: Caller,
  target: IdentityTarget,
  change: SkillFieldChange,
): Promise<SkillField> {
  await lockRetirable(tx, SKILL_FIELD_TABLE, target);
  await updateSkillFieldRow(tx, target.id, change);
  await recordFieldAct(tx, caller, 'update', target.id, change);
  return skillFieldById(tx, target.id);
}

/**
 * Takes a field out of use for good: nobody gains a skill in it any more, and services that require it are short.
 * @throws AppError `not-found`, `stale`; `conflict` `skill-field-retired`.
 */
export async function retireSkillField(
  tx: Tx,
  caller: Caller,
  target: IdentityTarget,
  reason: string,
): Promise<SkillField> {
  const name = await lockRetirable(tx, SKILL_FIELD_TABLE, target);
  await retireRow(tx, SKILL_FIELD_TABLE, target.id, reason);
  await recordFieldAct(tx, caller, 'retire', target.id, { name, reason });
  return skillFieldById(tx, target.id);
}

async function recordFieldAct(tx: Tx, caller: Caller, act: string, subjectId: string, details: object): Promise<void> {
  await recordAudit(tx, {
    ...originOf(caller),
    action: `skill-field.${act}`,
    subjectKind: 'skill-field',
    subjectId,
    details: { ...details },
  });
}
