import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import { createPrincipal } from '../auth/principal.store.ts';
import type { Tx } from '../database/database.ts';
import { changeIdentity, type IdentityTarget } from './identity.service.ts';
import { personById } from './people.queries.ts';
import { insertPerson, updatePersonRow } from './people.store.ts';
import type { NewPerson, Person, PersonChange } from './person.ts';
import { requireMayGive } from './role-grant.ts';

/**
 * Adds a person.
 * @throws AppError `forbidden` `role-beyond-yours`; `conflict` `principal-name-taken`, `email-taken`.
 */
export async function createPerson(tx: Tx, caller: Caller, wanted: NewPerson): Promise<Person> {
  const { name, roles, email, zone } = wanted;
  requireMayGive(caller.principal, roles);
  const { id } = await createPrincipal(tx, { kind: 'person', name, roles }, originOf(caller));
  await insertPerson(tx, { id, email, zone });
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'person.create',
    subjectKind: 'person',
    subjectId: id,
    details: wanted,
  });
  return personById(tx, id);
}

/**
 * Changes a person.
 * @throws AppError as `changeIdentity`; `conflict` `email-taken`.
 */
export async function updatePerson(
  tx: Tx,
  caller: Caller,
  target: IdentityTarget,
  change: PersonChange,
): Promise<Person> {
  const { name, roles, ...own } = change;
  await changeIdentity(tx, caller, 'person', target, { name, roles });
  const { id } = target;
  await updatePersonRow(tx, id, own);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'person.update',
    subjectKind: 'person',
    subjectId: id,
    details: change,
  });
  return personById(tx, id);
}
