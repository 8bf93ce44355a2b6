import type { Tx } from '../database/database.ts';
import { rowNameTaken } from '../database/retirable-row.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { SKILL_FIELD_TABLE } from './retirable-table.ts';
import type { NewSkillField, SkillFieldChange } from './skill-field.ts';

const taken = (name: string) => ({ skill_field_name_unique: () => rowNameTaken(SKILL_FIELD_TABLE, name) });

/** @throws AppError `conflict` `skill-field-name-taken`. */
export async function insertSkillField(tx: Tx, id: string, { name, note }: NewSkillField): Promise<void> {
  await mapConstraints(taken(name), () =>
    tx.execute('INSERT INTO skill_field (id, name, note) VALUES ($1, $2, $3)', [id, name, note]),
  );
}

/**
 * Sets what a change states and counts the version up. The caller holds the row by `lockRetirable`.
 * @throws AppError `conflict` `skill-field-name-taken`.
 */
export async function updateSkillFieldRow(tx: Tx, id: string, { name, note }: SkillFieldChange): Promise<void> {
  await mapConstraints(taken(name ?? ''), () =>
    tx.execute(
      `UPDATE skill_field SET name = coalesce($2, name), note = coalesce($3, note), version = version + 1, updated_at = now()
       WHERE id = $1`,
      [id, name ?? null, note ?? null],
    ),
  );
}
