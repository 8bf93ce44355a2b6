import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { changeIdentity, type IdentityTarget } from './identity.service.ts';
import { profileOf } from './profile.queries.ts';
import { setContacts, setFunctions, setLeavesAt, setSkills } from './profile.store.ts';
import type { Profile, ProfileChange } from './profile.ts';

/**
 * Changes how a person can be reached, as what, and what they can do; the version is the person's.
 * @throws AppError as `changeIdentity`; `unprocessable` `unsuitable-skill-field`.
 */
export async function updateProfile(
  tx: Tx,
  caller: Caller,
  target: IdentityTarget,
  change: ProfileChange,
): Promise<Profile> {
  const { id } = target;
  await changeIdentity(tx, caller, 'person', target, {});
  await writeProfile(tx, id, change);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'person.update-profile',
    subjectKind: 'person',
    subjectId: id,
    details: auditedProfile(change),
  });
  return profileOf(tx, id);
}

/** Writes what a change names. The caller holds the person. @throws AppError `unprocessable` `unsuitable-skill-field`. */
async function writeProfile(tx: Tx, id: string, change: ProfileChange): Promise<void> {
  const { contacts, functions, skills, leavesAt } = change;
  if (contacts) await setContacts(tx, id, contacts);
  if (functions) await setFunctions(tx, id, functions);
  if (skills) await setSkills(tx, id, skills);
  if (leavesAt !== undefined) await setLeavesAt(tx, id, leavesAt);
}

/** A change as the audit trail keeps it for good: of a way of contact, which is personal, the kind alone. */
function auditedProfile({ contacts, functions, skills, leavesAt }: ProfileChange): Record<string, unknown> {
  return {
    functions,
    contacts: contacts?.map(({ kind }) => kind),
    skills: skills?.map(({ fieldId, level, since, validUntil }) => ({
      fieldId,
      level,
      since: since.toString(),
      validUntil: validUntil?.toString() ?? null,
    })),
    leavesAt: leavesAt === undefined ? undefined : (leavesAt?.toString() ?? null),
  };
}
