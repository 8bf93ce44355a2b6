import type { Queryable } from '../database/database.ts';
import { locationsOfCodes } from '../inventory/location.queries.ts';
import { AppError } from '../kernel/errors.ts';
import type { LostThings } from './definition-resources.ts';
import { repositoriesLost } from './lost.queries.ts';

/** What a run has to do without, because its scenario takes it away. */
export interface Lost {
  /** Ids of places, with everything below them. */
  readonly locationIds: readonly string[];
  readonly repositoryIds: readonly string[];
  /** What is lost, for the report: `location SITE-A`, `repository nas-1 (at SITE-A)`. */
  readonly words: readonly string[];
}

export const NOTHING_LOST: Lost = { locationIds: [], repositoryIds: [], words: [] };

/**
 * What the scenario's words come to in the register as it is now.
 * @throws AppError `unprocessable` `unknown-loss` for a name that nothing bears: a drill that withholds nothing in its place
 * would prove something else.
 */
export async function lostOf(db: Queryable, lost: LostThings | undefined): Promise<Lost> {
  if (!lost) return NOTHING_LOST;
  const places = await locationsOfCodes(db, lost.locations);
  const known = new Set(places.map(({ code }) => code.toLowerCase()));
  refuseUnknown('location has the code', lost.locations, known);
  const locationIds = [...new Set(places.flatMap(({ subtree }) => subtree))];
  const repositories = await repositoriesLost(db, { ...lost, locationIds });
  const names = new Set(repositories.map(({ name }) => name.toLowerCase()));
  refuseUnknown('repository has the name', lost.repositories, names);
  return {
    locationIds,
    repositoryIds: repositories.map(({ id }) => id),
    words: [
      ...places.map(({ code }) => `location ${code}`),
      ...lost.hosts.map((host) => `workers of the tag ${host}`),
      ...repositories.map(({ name, why }) => `repository ${name}${why === null ? '' : ` (${why})`}`),
    ],
  };
}

function refuseUnknown(what: string, stated: readonly string[], known: ReadonlySet<string>): void {
  const unknown = stated.filter((text) => !known.has(text.toLowerCase()));
  if (unknown.length === 0) return;
  const message = `The scenario takes away what is not there: no ${what} ${unknown.join(', ')}`;
  throw new AppError('unprocessable', 'unknown-loss', message);
}
