import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import type { DutyRole } from './routing/duty-role.ts';

/** Something that a plan or a route names, and where in the request. */
export interface Reference {
  readonly field: string;
  readonly what: keyof typeof IN_USE;
  readonly id: string;
}

/** Of each kind of thing, those that are in use. */
const IN_USE = {
  service: 'service WHERE retired_at IS NULL',
  part: 'part WHERE retired_at IS NULL',
  'device model': 'device_model WHERE retired_at IS NULL',
  'licensed product': 'licence_product WHERE retired_at IS NULL',
  'backup set': 'backup_set WHERE retired_at IS NULL',
  'skill field': 'skill_field WHERE retired_at IS NULL',
  'person or team': `principal WHERE disabled_at IS NULL AND kind IN ('person', 'team')`,
} as const;

/** The field of skills, or the person or team, that a role names. */
export function referencesOfRole(role: DutyRole, field: string): Reference[] {
  if (role.kind === 'named') return [{ field: `${field}/principalId`, what: 'person or team', id: role.principalId }];
  if (role.kind !== 'expert' || role.fieldId === null) return [];
  return [{ field: `${field}/fieldId`, what: 'skill field', id: role.fieldId }];
}

/** @throws AppError `unprocessable` with this code, naming each thing or person that is not in use. */
export async function requireInUse(tx: Tx, references: readonly Reference[], code: string): Promise<void> {
  const kinds = [...new Set(references.map(({ what }) => what))];
  if (kinds.length === 0) return;
  const found = await tx.rows<{ what: string; id: string }>(
    kinds
      .map((what, index) => `SELECT '${what}' AS what, id FROM ${IN_USE[what]} AND id = ANY ($${index + 1}::uuid[])`)
      .join(' UNION ALL '),
    kinds.map((kind) => references.filter(({ what }) => what === kind).map(({ id }) => id)),
  );
  const suitable = new Set(found.map(({ what, id }) => `${what} ${id}`));
  const missing = references.filter(({ what, id }) => !suitable.has(`${what} ${id}`));
  if (missing.length === 0) return;
  const words = missing.slice(0, 5).map(({ what, id }) => `${id} is no ${what} in use`);
  throw new AppError('unprocessable', code, `Only what is in use can be named: ${words.join('; ')}`, {
    fields: missing.map(({ field, what }) => ({ field, message: `must be the id of a ${what} in use` })),
  });
}
