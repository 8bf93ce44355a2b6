import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import { ADVISORY_LOCKS } from '../database/advisory-locks.ts';
import type { Tx } from '../database/database.ts';
import { lockRetirable, retireRow } from '../database/retirable-row.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { type CatalogueTarget, LOCATION_TABLE, updateCatalogueRow } from './catalogue-row.store.ts';
import { holdingsOfLocation, kindsInside, locationById } from './location.queries.ts';
import { type Location, type LocationChange, type LocationKind, mayLieIn, type NewLocation } from './location.ts';

/**
 * Adds a location to the tree.
 * @throws AppError `conflict` `location-code-taken`; `unprocessable` `unsuitable-parent`.
 */
export async function createLocation(tx: Tx, caller: Caller, wanted: NewLocation): Promise<Location> {
  await lockTree(tx);
  await requireParent(tx, wanted.kind, wanted.parentId);
  const id = newId();
  await mapConstraints(codeErrors(wanted.code), () =>
    tx.execute('INSERT INTO location (id, code, name, kind, parent_id) VALUES ($1, $2, $3, $4, $5)', [
      id,
      wanted.code,
      wanted.name,
      wanted.kind,
      wanted.parentId,
    ]),
  );
  await record(tx, caller, 'location.create', id, wanted);
  return locationById(tx, id);
}

/**
 * Changes a location. Another parent moves it with everything in it.
 * @throws AppError `not-found`, `stale`; `conflict` `location-retired`, `location-code-taken`; `unprocessable`
 *   `unsuitable-parent`, `unsuitable-kind`.
 */
export async function updateLocation(
  tx: Tx,
  caller: Caller,
  target: CatalogueTarget,
  change: LocationChange,
): Promise<Location> {
  await lockTree(tx);
  await lockRetirable(tx, LOCATION_TABLE, target);
  const before = await locationById(tx, target.id);
  const { code, name, kind = before.kind, parentId = before.parentId } = change;
  if (kind !== before.kind || parentId !== before.parentId) {
    await requireParent(tx, kind, parentId);
    await requireRoomInside(tx, before, kind);
  }
  await mapConstraints(codeErrors(code ?? before.code), () =>
    updateCatalogueRow(tx, LOCATION_TABLE, target.id, { code, name, kind, parent_id: parentId }),
  );
  await record(tx, caller, 'location.update', target.id, change);
  return locationById(tx, target.id);
}

/**
 * Takes a location out of use for good. Its code stays taken, because the ledger names it.
 * @throws AppError `not-found`, `stale`; `conflict` `location-retired`, or `location-not-empty`, which says what lies there.
 */
export async function retireLocation(
  tx: Tx,
  caller: Caller,
  target: CatalogueTarget,
  reason: string,
): Promise<Location> {
  await lockTree(tx);
  const code = await lockRetirable(tx, LOCATION_TABLE, target);
  await requireEmpty(tx, target.id, code);
  await retireRow(tx, LOCATION_TABLE, target.id, reason);
  await record(tx, caller, 'location.retire', target.id, { code, reason });
  return locationById(tx, target.id);
}

/** Two moves that are harmless alone could close a cycle together, so all who change the tree take turns. */
async function lockTree(tx: Tx): Promise<void> {
  await tx.execute('SELECT pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.locationTree]);
}

async function requireParent(tx: Tx, kind: LocationKind, parentId: string | null): Promise<void> {
  if (parentId === null) {
    if (!mayLieIn(kind, null)) throw unsuitableParent(`a ${kind} lies in another location, only a site in none`);
    return;
  }
  const [parent] = await tx.rows<{ code: string; kind: LocationKind; retired: boolean }>(
    'SELECT code, kind, retired_at IS NOT NULL AS retired FROM location WHERE id = $1',
    [parentId],
  );
  if (!parent) throw unsuitableParent(`there is no location ${parentId}`);
  if (parent.retired) throw unsuitableParent(`${parent.code} is retired`);
  // Kinds only descend along the tree, so that nothing can come to lie in itself.
  if (!mayLieIn(kind, parent.kind))
    throw unsuitableParent(`a ${kind} does not lie in the ${parent.kind} ${parent.code}`);
}

function unsuitableParent(reason: string): AppError {
  return new AppError('unprocessable', 'unsuitable-parent', `The location cannot lie there: ${reason}`, {
    fields: [{ field: '#/parentId', message: `must be a larger location in use: ${reason}` }],
  });
}

async function requireRoomInside(tx: Tx, { id, code }: Location, kind: LocationKind): Promise<void> {
  const tooLarge = (await kindsInside(tx, id)).find((inside) => !mayLieIn(inside, kind));
  if (tooLarge === undefined) return;
  throw new AppError('unprocessable', 'unsuitable-kind', `${code} cannot become a ${kind}: a ${tooLarge} lies in it`, {
    fields: [{ field: '#/kind', message: `must be larger than the ${tooLarge} that lies in it` }],
  });
}

/** As many things as a message can name of each sort. */
const NAMED_MAX = 5;

async function requireEmpty(tx: Tx, id: string, code: string): Promise<void> {
  const { children, units, stock, reserves } = await holdingsOfLocation(tx, id, NAMED_MAX + 1);
  const found = [
    ...named('locations', children),
    ...named(
      'units',
      units.map(({ serial, partNumber }) => `${partNumber} ${serial}`),
    ),
    ...named(
      'stock',
      stock.map(({ quantity, partNumber }) => `${quantity} of ${partNumber}`),
    ),
    ...named('the emergency reserve of', reserves),
  ];
  if (found.length === 0) return;
  throw new AppError(
    'conflict',
    'location-not-empty',
    `${code} cannot be retired before it is empty. In it: ${found.join('; ')}`,
  );
}

function named(sort: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  return [`${sort} ${names.slice(0, NAMED_MAX).join(', ')}${names.length > NAMED_MAX ? ' and more' : ''}`];
}

const codeErrors = (code: string) => ({
  location_code_unique: () =>
    new AppError(
      'conflict',
      'location-code-taken',
      `A location with the code ${code} exists already, perhaps retired`,
      {
        fields: [{ field: '#/code', message: 'is taken' }],
      },
    ),
  // The database's idea of a letter is the one that counts.
  location_code: () =>
    new AppError('unprocessable', 'unsuitable-code', `${code} holds characters that are no letters or digits`, {
      fields: [{ field: '#/code', message: 'must be letters, digits and . _ / -' }],
    }),
});

async function record(tx: Tx, caller: Caller, action: string, subjectId: string, details: object): Promise<void> {
  await recordAudit(tx, { ...originOf(caller), action, subjectKind: 'location', subjectId, details: { ...details } });
}
