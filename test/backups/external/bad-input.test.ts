import { expect, test } from 'vitest';
import { pingTokenRoutes } from '../../../src/backups/external/ping-token.routes.ts';
import { reportRoutes } from '../../../src/backups/external/report.routes.ts';
import { repositoryRoutes } from '../../../src/backups/external/repository.routes.ts';
import { backupSetRoutes } from '../../../src/backups/external/set.routes.ts';
import { sendBadInput } from '../../http/bad-input.ts';
import { makeCaller } from '../../http/support.ts';
import { NO_REMOTE } from '../support/no-remote.ts';
import { useSetsWorld } from './support.ts';

const world = useSetsWorld();

test('whatever is wrong with a request, the answer names the field and is never a 5xx', async () => {
  const { app, admin } = world.api;
  const powerless = await makeCaller(world.database.db, 'powerless', []);
  const ids = { allowed: admin.bearer, powerless: powerless.bearer };
  const set = await world.set();
  const point = await world.point(set);
  const accept = world.routes().filter(({ operationId }) => operationId === 'acceptRecoveryPoint');
  const groups = [
    { routes: repositoryRoutes({ queue: world.queue, keyring: NO_REMOTE.keyring }), known: { id: set.repositoryId } },
    { routes: [...backupSetRoutes({ queue: world.queue }), ...reportRoutes()], known: { id: set.id } },
    { routes: pingTokenRoutes(), known: { id: set.id } },
    { routes: accept, known: { id: point.id } },
  ];
  for (const { routes, known } of groups) {
    const { failures, sent } = await sendBadInput(app, routes, ids, known);
    expect(failures).toEqual([]);
    expect(sent).toBeGreaterThan(routes.length * 20);
  }
}, 120_000);
