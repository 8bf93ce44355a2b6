import { findPrincipalByName } from '../auth/principal.store.ts';
import type { Principal } from '../auth/principal.ts';
import type { Queryable } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { listPersons, listServiceAccounts, listTeams } from '../people/people.queries.ts';
import { musterService } from '../services/service.queries.ts';
import { unknownName } from './arguments.ts';

/** How many names of each kind a guess is made from. */
const NAMES_MAX = 200;

/**
 * The person, team or service account of a name, whatever the case.
 * @throws AppError `usage` `unknown-person,-team-or-service-account` with the most similar name.
 */
export async function principalNamed(db: Queryable, name: string): Promise<Principal> {
  const found = await findPrincipalByName(db, name);
  if (found) return found;
  const filter = { state: 'active' } as const;
  const page = { limit: NAMES_MAX };
  const known = [
    ...(await listPersons(db, filter, page)),
    ...(await listTeams(db, filter, page)),
    ...(await listServiceAccounts(db, filter, page)),
  ];
  throw unknownName(
    'person, team or service account',
    name,
    known.map((one) => one.name),
  );
}

/**
 * Whoever answers for Muster itself: the administrators, unless operators handed it over.
 * @throws AppError `not-found` `no-administrators` before the first start has made them.
 */
export async function answersForMuster(db: Queryable): Promise<{ readonly id: string; readonly name: string }> {
  const service = await musterService(db);
  if (service) return service.owner;
  throw new AppError(
    'not-found',
    'no-administrators',
    'Nobody answers for Muster yet: the first start makes the team administrators (npm start)',
  );
}
