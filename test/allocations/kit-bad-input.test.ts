import { expect, test } from 'vitest';
import { kitRoutes } from '../../src/allocations/kit.routes.ts';
import { projectRoutes } from '../../src/allocations/project.routes.ts';
import { reservationRoutes } from '../../src/allocations/reservation.routes.ts';
import { coverageRoutes } from '../../src/services/coverage.routes.ts';
import { ServiceEntity } from '../../src/services/service.entity.ts';
import { sendBadInput } from '../http/bad-input.ts';
import { makeCaller, useApp } from '../http/support.ts';
import { registerOf } from '../services/register.ts';
import { useDatabase } from '../support/database.ts';
import { counterOf } from './support.ts';

const database = useDatabase([ServiceEntity]);
const routes = [...kitRoutes(), ...projectRoutes(), ...reservationRoutes(), ...coverageRoutes()];
const server = useApp(database, () => ({ routes }));
const counter = counterOf(database);

test('bad input at every route of kits, projects, reservations and coverage is refused with a problem, never a 5xx', {
  timeout: 120_000,
}, async () => {
  const partId = await counter.part();
  await counter.units(partId, await counter.site(), 2);
  const { principal } = await counter.caller();
  const project = await server
    .request('post', '/api/v1/projects')
    .send({ code: 'P', name: 'P', ownerId: principal.id });
  const kit = await server.request('post', '/api/v1/kits').send({ name: 'K', lines: [{ partId, quantity: 1 }] });
  const known = new Map<string, Record<string, string>>([
    ['projects', { id: project.body.id }],
    ['kits', { id: kit.body.id }],
    ['reservations', { id: (await counter.reserve([5, 6], [{ partId, quantity: 1 }])).allocation.id }],
    ['services', { id: (await registerOf(database).make()).id }],
  ]);
  const powerless = await makeCaller(database.db, 'powerless', []);
  const callers = { allowed: server.admin.bearer, powerless: powerless.bearer };
  const failures: string[] = [];
  let sent = 0;
  for (const [group, ofGroup] of Map.groupBy(routes, (route) => route.path.split('/')[1] ?? '')) {
    const run = await sendBadInput(server.app, ofGroup, callers, known.get(group));
    failures.push(...run.failures);
    sent += run.sent;
  }
  expect(failures).toEqual([]);
  expect(sent).toBeGreaterThan(routes.length * 20);
});
