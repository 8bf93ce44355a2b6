import type { Queryable } from '../database/database.ts';
import { type LifecycleRecord, lifecycleColumns, lifecycleOf, noSuchRow } from '../database/retirable-row.ts';
import type { RetirementState } from '../kernel/retirement.ts';
import { SKILL_FIELD_TABLE } from './retirable-table.ts';
import type { SkillField } from './skill-field.ts';

type SkillFieldRow = LifecycleRecord & Pick<SkillField, 'id' | 'name' | 'note'> & { readonly nameKey: string };

const SELECT_FIELD = `SELECT f.id, f.name, lower(f.name) AS "nameKey", f.note, ${lifecycleColumns('f')} FROM skill_field f`;

const fieldOf = (row: SkillFieldRow): SkillField => {
  const { id, name, note } = row;
  return { id, name, note, ...lifecycleOf(row) };
};

/**
 * One field, retired ones included.
 * @throws AppError `not-found` `no-such-skill-field`.
 */
export async function skillFieldById(db: Queryable, id: string): Promise<SkillField> {
  const [row] = await db.rows<SkillFieldRow>(`${SELECT_FIELD} WHERE f.id = $1`, [id]);
  if (!row) throw noSuchRow(SKILL_FIELD_TABLE, id);
  return fieldOf(row);
}

/** Fields in the order of their names; `after` continues behind the name key of the last one seen. */
export async function listSkillFields(
  db: Queryable,
  state: RetirementState,
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<{ readonly field: SkillField; readonly nameKey: string }[]> {
  const rows = await db.rows<SkillFieldRow>(
    `${SELECT_FIELD}
     WHERE ($1 = 'all' OR (f.retired_at IS NOT NULL) = ($1 = 'retired')) AND ($2::text IS NULL OR lower(f.name) > $2)
     ORDER BY lower(f.name) LIMIT $3`,
    [state, page.after ?? null, page.limit],
  );
  return rows.map((row) => ({ field: fieldOf(row), nameKey: row.nameKey }));
}
