import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { lockRetirable, retireRow } from '../database/retirable-row.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { CATEGORY_TABLE, type CatalogueTarget, updateCatalogueRow } from './catalogue-row.store.ts';
import { categoryById, type PartValues, titlesOfParts, valuesOfParts } from './category.queries.ts';
import type { CategoryChange, NewCategory, PartCategory } from './category.ts';
import { type CustomField, customProblems } from './custom-field.ts';

/** Adds a category of parts. @throws AppError `conflict` `part-category-name-taken`. */
export async function createCategory(tx: Tx, caller: Caller, wanted: NewCategory): Promise<PartCategory> {
  const id = newId();
  await mapConstraints(nameErrors(wanted.name), () =>
    tx.execute('INSERT INTO part_category (id, name, fields) VALUES ($1, $2, $3)', [
      id,
      wanted.name,
      JSON.stringify(wanted.fields),
    ]),
  );
  await record(tx, caller, 'part-category.create', id, wanted);
  return categoryById(tx, id);
}

/**
 * Changes a category. New fields must suit the values of all its parts in use.
 * @throws AppError `not-found`, `stale`; `conflict` `part-category-retired`, `part-category-name-taken`, or
 *   `part-values-unsuitable`, which names a part whose values would not suit, and why.
 */
export async function updateCategory(
  tx: Tx,
  caller: Caller,
  target: CatalogueTarget,
  change: CategoryChange,
): Promise<PartCategory> {
  const name = await lockRetirable(tx, CATEGORY_TABLE, target);
  if (change.fields) await requireSuitableValues(tx, target.id, change.fields);
  await mapConstraints(nameErrors(change.name ?? name), () =>
    updateCatalogueRow(tx, CATEGORY_TABLE, target.id, {
      name: change.name,
      fields: change.fields && JSON.stringify(change.fields),
    }),
  );
  await record(tx, caller, 'part-category.update', target.id, change);
  return categoryById(tx, target.id);
}

/**
 * Takes a category out of use for good.
 * @throws AppError `not-found`, `stale`; `conflict` `part-category-retired`, or `part-category-in-use`, which names parts.
 */
export async function retireCategory(
  tx: Tx,
  caller: Caller,
  target: CatalogueTarget,
  reason: string,
): Promise<PartCategory> {
  const name = await lockRetirable(tx, CATEGORY_TABLE, target);
  await requireWithoutParts(tx, target.id, name);
  await retireRow(tx, CATEGORY_TABLE, target.id, reason);
  await record(tx, caller, 'part-category.retire', target.id, { name, reason });
  return categoryById(tx, target.id);
}

/** Parts looked at in one go. */
const BATCH_SIZE = 1000;

/** The caller holds the category's row, so that no part can come to it meanwhile. */
async function requireSuitableValues(tx: Tx, categoryId: string, fields: readonly CustomField[]): Promise<void> {
  let after: PartValues | undefined;
  do {
    const parts = await valuesOfParts(tx, categoryId, { limit: BATCH_SIZE, after });
    for (const { title, custom } of parts) {
      const [problem] = customProblems(fields, custom);
      if (problem) throw unsuitableValues(title, problem.field.split('/').at(-1) ?? '', problem.message);
    }
    after = parts.length < BATCH_SIZE ? undefined : parts.at(-1);
  } while (after !== undefined);
}

function unsuitableValues(title: string, key: string, message: string): AppError {
  return new AppError(
    'conflict',
    'part-values-unsuitable',
    `The values of the part ${title} would not suit these fields: ${key} ${message}. Change the part first`,
    { fields: [{ field: '#/fields', message: `do not suit the part ${title}: ${key} ${message}` }] },
  );
}

/** As many parts as a message can name. */
const NAMED_MAX = 5;

async function requireWithoutParts(tx: Tx, id: string, name: string): Promise<void> {
  const titles = await titlesOfParts(tx, id, NAMED_MAX + 1);
  if (titles.length === 0) return;
  const more = titles.length > NAMED_MAX ? ' and more' : '';
  throw new AppError(
    'conflict',
    'part-category-in-use',
    `${name} still has parts in use: ${titles.slice(0, NAMED_MAX).join(', ')}${more}. Move or retire those first`,
  );
}

const nameErrors = (name: string) => ({
  part_category_name_unique: () =>
    new AppError('conflict', 'part-category-name-taken', `A category named ${name} exists already, perhaps retired`, {
      fields: [{ field: '#/name', message: 'is taken' }],
    }),
});

async function record(tx: Tx, caller: Caller, action: string, subjectId: string, details: object): Promise<void> {
  await recordAudit(tx, {
    ...originOf(caller),
    action,
    subjectKind: 'part-category',
    subjectId,
    details: { ...details },
  });
}
