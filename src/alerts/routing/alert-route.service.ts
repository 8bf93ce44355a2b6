import { recordAudit } from '../../audit/audit.store.ts';
import { originOf } from '../../auth/actor.ts';
import type { Caller } from '../../auth/caller.ts';
import type { Tx } from '../../database/database.ts';
import { AppError } from '../../kernel/errors.ts';
import { referencesOfRole, requireInUse } from '../reference.queries.ts';
import { alertRouteOf } from './alert-route.queries.ts';
import { setAlertRoute } from './alert-route.store.ts';
import type { AlertRoute } from './alert-route.ts';
import type { Rung } from './ladder.ts';

/**
 * Replaces the rungs of a level. Alerts that are open keep the ladder that they opened with.
 * @throws AppError `not-found` `no-such-alert-route`; `stale`; `unprocessable` `unsuitable-alert-route`.
 */
export async function replaceRoute(
  tx: Tx,
  caller: Caller,
  { level, expectedVersion }: { readonly level: number; readonly expectedVersion: number },
  rungs: readonly Rung[],
): Promise<AlertRoute> {
  const references = rungs.flatMap(({ roles }, index) =>
    roles.flatMap((role, place) => referencesOfRole(role, `#/rungs/${index}/roles/${place}`)),
  );
  await requireInUse(tx, references, 'unsuitable-alert-route');
  if (!(await setAlertRoute(tx, level, expectedVersion, rungs))) {
    const { version } = await alertRouteOf(tx, level);
    throw new AppError(
      'stale',
      'stale-alert-route',
      `The route of level ${level} is at version ${version}, not ${expectedVersion}: read it and decide again`,
    );
  }
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'alert-route.replace',
    subjectKind: 'alert-route',
    subjectId: String(level),
    details: { rungs },
  });
  return alertRouteOf(tx, level);
}
