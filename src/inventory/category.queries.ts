import type { Queryable, Tx } from '../database/database.ts';
import { type LifecycleRecord, lifecycleColumns, lifecycleOf, noSuchRow } from '../database/retirable-row.ts';
import { AppError } from '../kernel/errors.ts';
import type { RetirementState } from '../kernel/retirement.ts';
import { CATEGORY_TABLE } from './catalogue-row.store.ts';
import type { PartCategory } from './category.ts';
import type { CustomField, CustomValues } from './custom-field.ts';

const SELECT_CATEGORY = `SELECT c.id, c.name, c.fields, lower(c.name) AS "nameKey", ${lifecycleColumns('c')} FROM part_category c`;

/**
 * One category, retired ones included.
 * @throws AppError `not-found` `no-such-part-category`.
 */
export async function categoryById(db: Queryable, id: string): Promise<PartCategory> {
  const [row] = await db.rows<CategoryRecord>(`${SELECT_CATEGORY} WHERE c.id = $1`, [id]);
  if (!row) throw noSuchRow(CATEGORY_TABLE, id);
  return categoryOf(row);
}

/** A category with the key that the list is ordered by. */
export interface ListedCategory {
  readonly category: PartCategory;
  readonly nameKey: string;
}

/** Categories in the order of their names; `after` continues behind the name key of the last one seen. */
export async function listCategories(
  db: Queryable,
  state: RetirementState,
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<ListedCategory[]> {
  const rows = await db.rows<CategoryRecord>(
    `${SELECT_CATEGORY}
     WHERE ($1 = 'all' OR (c.retired_at IS NOT NULL) = ($1 = 'retired')) AND ($2::text IS NULL OR lower(c.name) > $2)
     ORDER BY lower(c.name) LIMIT $3`,
    [state, page.after ?? null, page.limit],
  );
  return rows.map((row) => ({ category: categoryOf(row), nameKey: row.nameKey }));
}

/**
 * The fields that a part of a category has, which nobody can change until the transaction ends.
 * @throws AppError `unprocessable` `unsuitable-category` when it is not there or retired.
 */
export async function holdCategoryFields(tx: Tx, id: string): Promise<readonly CustomField[]> {
  const [found] = await tx.rows<{ name: string; fields: CustomField[]; retired: boolean }>(
    'SELECT name, fields, retired_at IS NOT NULL AS retired FROM part_category WHERE id = $1 FOR SHARE',
    [id],
  );
  if (found && !found.retired) return found.fields;
  const reason = found ? `${found.name} is retired` : `there is no category ${id}`;
  throw new AppError('unprocessable', 'unsuitable-category', `The part needs a category in use: ${reason}`, {
    fields: [{ field: '#/categoryId', message: `must be the id of a category in use: ${reason}` }],
  });
}

/** A part with its custom values, and the keys that the parts of a category are read by. */
export interface PartValues {
  readonly id: string;
  readonly numberKey: string;
  readonly title: string;
  readonly custom: CustomValues;
}

/** The parts in use of a category, in the order of their numbers, with the values of their custom fields. */
export async function valuesOfParts(
  db: Queryable,
  categoryId: string,
  page: { readonly limit: number; readonly after?: PartValues | undefined },
): Promise<PartValues[]> {
  const { after, limit } = page;
  return db.rows<PartValues>(
    `SELECT id, lower(part_number) AS "numberKey", manufacturer || ' ' || part_number AS title, custom FROM part
     WHERE category_id = $1 AND retired_at IS NULL ${after ? 'AND (lower(part_number), id) > ($3, $4)' : ''}
     ORDER BY lower(part_number), id LIMIT $2`,
    [categoryId, limit, ...(after ? [after.numberKey, after.id] : [])],
  );
}

/** Some parts in use of a category, for a message. */
export async function titlesOfParts(db: Queryable, categoryId: string, limit: number): Promise<string[]> {
  const rows = await db.rows<{ title: string }>(
    `SELECT manufacturer || ' ' || part_number AS title FROM part
     WHERE category_id = $1 AND retired_at IS NULL ORDER BY lower(part_number), id LIMIT $2`,
    [categoryId, limit],
  );
  return rows.map(({ title }) => title);
}

type CategoryRecord = Pick<PartCategory, 'id' | 'name' | 'fields'> & LifecycleRecord & { readonly nameKey: string };

function categoryOf(row: CategoryRecord): PartCategory {
  return { id: row.id, name: row.name, fields: row.fields, ...lifecycleOf(row) };
}
