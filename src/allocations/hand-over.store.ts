import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import type { HolderKind } from './allocation.ts';
import { holdProject } from './project.store.ts';

/**
 * Who is to have something: an active person or team, a service or project in use. Nobody can take it out of use until the
 * transaction ends.
 * @param field where the caller named it, for the message: `#/holder/id`.
 * @throws AppError `unprocessable` `unsuitable-holder`.
 */
export async function holdHolder(
  tx: Tx,
  { kind, id }: { readonly kind: HolderKind; readonly id: string },
  field: string,
): Promise<{ readonly name: string }> {
  if (kind === 'project') return holdProject(tx, id, field);
  const [found] = await tx.rows<{ kind: string; name: string; over: boolean }>(
    kind === 'service'
      ? `SELECT 'service' AS kind, name, retired_at IS NOT NULL AS over FROM service WHERE id = $1 FOR SHARE`
      : 'SELECT kind, name, disabled_at IS NOT NULL AS over FROM principal WHERE id = $1 FOR SHARE',
    [id],
  );
  if (found && found.kind === kind && !found.over) return { name: found.name };
  const over = kind === 'service' ? 'retired' : 'disabled';
  const reason = found?.kind === kind ? `${found.name} is ${over}` : `there is no ${kind} ${id}`;
  throw new AppError('unprocessable', 'unsuitable-holder', `Nothing can go there: ${reason}`, {
    fields: [{ field, message: `must be the id of a ${kind} in use: ${reason}` }],
  });
}
