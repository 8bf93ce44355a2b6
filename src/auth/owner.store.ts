import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';

/** Who can answer for something: a person or a team, never a service account. */
export interface Owner {
  readonly id: string;
  readonly kind: 'person' | 'team';
  readonly name: string;
}

/**
 * The person or team of an id, which nobody can disable until the transaction ends.
 * @param field where the caller named it, for the message: `#/ownerId`.
 * @throws AppError `unprocessable` `unsuitable-owner` when there is none, it is disabled, or it is a service account.
 */
export async function holdOwner(tx: Tx, id: string, field: string): Promise<Owner> {
  const [found] = await tx.rows<{ kind: string; name: string; disabled: boolean }>(
    'SELECT kind, name, disabled_at IS NOT NULL AS disabled FROM principal WHERE id = $1 FOR SHARE',
    [id],
  );
  if (!found) throw unsuitable(field, `there is no person or team ${id}`);
  const { kind, name, disabled } = found;
  if (kind !== 'person' && kind !== 'team') throw unsuitable(field, `${name} is a service account`);
  if (disabled) throw unsuitable(field, `${name} is disabled`);
  return { id, kind, name };
}

function unsuitable(field: string, reason: string): AppError {
  return new AppError('unprocessable', 'unsuitable-owner', `The owner must be an active person or team: ${reason}`, {
    fields: [{ field, message: `must be the id of an active person or team: ${reason}` }],
  });
}
