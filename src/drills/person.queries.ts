import { findPrincipalByName } from '../auth/principal.store.ts';
import type { Principal } from '../auth/principal.ts';
import type { Queryable } from '../database/database.ts';

/** The person of a name without regard to case; in words why there is none that could take part in a run. */
export async function activePerson(db: Queryable, name: string): Promise<Principal | string> {
  const principal = await findPrincipalByName(db, name);
  if (!principal) return `there is no person named ${name}`;
  if (principal.kind !== 'person') return `${principal.name} is a ${principal.kind}, not a person`;
  const [disabled] = await db.rows('SELECT FROM principal WHERE id = $1 AND disabled_at IS NOT NULL', [principal.id]);
  return disabled === undefined ? principal : `${principal.name} is disabled`;
}
