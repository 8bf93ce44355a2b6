import type { Queryable } from '../database/database.ts';

interface LostWords {
  readonly repositories: readonly string[];
  readonly hosts: readonly string[];
  readonly locationIds: readonly string[];
}

/** A repository that is lost, and why when it is not named itself. */
export interface LostRepository {
  readonly id: string;
  readonly name: string;
  readonly why: string | null;
}

/** The repositories of these names, those that lie in lost places, and those that only lost workers reach. */
export async function repositoriesLost(db: Queryable, lost: LostWords): Promise<LostRepository[]> {
  return db.rows<LostRepository>(
    `SELECT r.id, r.name, CASE WHEN lower(r.name) = ANY ($1::text[]) THEN NULL
              WHEN r.location_id = ANY ($2::uuid[]) THEN 'at ' || (SELECT code FROM location WHERE id = r.location_id)
              ELSE 'reached by workers of the tag ' || r.worker_tag END AS why
       FROM repository r
      WHERE lower(r.name) = ANY ($1::text[]) OR r.location_id = ANY ($2::uuid[]) OR r.worker_tag = ANY ($3::text[])
      ORDER BY lower(r.name), r.id`,
    [lost.repositories.map((name) => name.toLowerCase()), [...lost.locationIds], [...lost.hosts]],
  );
}
