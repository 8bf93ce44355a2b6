import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Queryable, Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { defaultsOf } from './headers.ts';
import { type ImportMapping, type NewMapping, READY_MAPPINGS } from './import-mapping.ts';
import { kindNamed } from './kinds/kinds.ts';

/** Mappings that are kept, in the order of their ids, behind `after`. */
export async function listMappings(
  db: Queryable,
  {
    kind,
    after,
    limit,
  }: { readonly kind?: string | undefined; readonly after?: string | undefined; readonly limit: number },
): Promise<ImportMapping[]> {
  return db.rows<ImportMapping>(
    `SELECT id, kind, name, headers, defaults FROM import_mapping
     WHERE ($1::text IS NULL OR kind = $1) AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
    [kind ?? null, after ?? null, limit],
  );
}

/** The mapping of a name, one that was kept or that Muster brings along. @throws AppError `not-found` `no-such-mapping`. */
export async function mappingNamed(db: Queryable, kind: string, name: string): Promise<ImportMapping> {
  const ready = READY_MAPPINGS.find((mapping) => mapping.kind === kind && mapping.name === name.toLowerCase());
  if (ready) return ready;
  const [found] = await db.rows<ImportMapping>(
    'SELECT id, kind, name, headers, defaults FROM import_mapping WHERE kind = $1 AND lower(name) = lower($2)',
    [kind, name],
  );
  if (found) return found;
  throw new AppError('not-found', 'no-such-mapping', `There is no mapping ${name} for ${kind}`, {
    fields: [{ field: 'query.mapping', message: 'names no mapping of this kind' }],
  });
}

/** Keeps a mapping. @throws AppError `conflict` `mapping-name-taken`; `invalid` `unsuitable-defaults`. */
export async function createMapping(tx: Tx, caller: Caller, wanted: NewMapping): Promise<ImportMapping> {
  const id = newId();
  const { kind, name, headers, defaults } = wanted;
  defaultsOf(kindNamed(kind), defaults);
  if (READY_MAPPINGS.some((ready) => ready.kind === kind && ready.name === name.toLowerCase())) throw nameTaken(name);
  await mapConstraints({ import_mapping_unique: () => nameTaken(name) }, () =>
    tx.execute('INSERT INTO import_mapping (id, kind, name, headers, defaults) VALUES ($1, $2, $3, $4, $5)', [
      id,
      kind,
      name,
      JSON.stringify(headers),
      JSON.stringify(defaults),
    ]),
  );
  await record(tx, caller, 'import-mapping.create', id, wanted);
  return { id, ...wanted };
}

/** Forgets a mapping. @throws AppError `not-found` `no-such-mapping`. */
export async function deleteMapping(tx: Tx, caller: Caller, id: string): Promise<void> {
  const [gone] = await tx.rows<{ kind: string; name: string }>(
    'DELETE FROM import_mapping WHERE id = $1 RETURNING kind, name',
    [id],
  );
  if (!gone) throw new AppError('not-found', 'no-such-mapping', `There is no mapping ${id}`);
  await record(tx, caller, 'import-mapping.delete', id, gone);
}

const nameTaken = (name: string) =>
  new AppError('conflict', 'mapping-name-taken', `There is a mapping named ${name} already`, {
    fields: [{ field: '#/name', message: 'is taken' }],
  });

async function record(tx: Tx, caller: Caller, action: string, subjectId: string, details: object): Promise<void> {
  await recordAudit(tx, {
    ...originOf(caller),
    action,
    subjectKind: 'import-mapping',
    subjectId,
    details: { ...details },
  });
}
