import { join } from 'node:path';
import supertest from 'supertest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DrillCatalogue, openCatalogue } from '../../src/drills/catalogue.ts';
import { drillJobs } from '../../src/drills/drill.jobs.ts';
import { onSiteRoutes } from '../../src/incidents/on-site.routes.ts';
import { newId } from '../../src/kernel/ids.ts';
import { createJobQueue, type JobQueue } from '../../src/scheduling/queue.ts';
import { type Caller, makeCaller } from '../http/support.ts';
import { testLog } from '../support/log.ts';
import { useIncidents } from './support.ts';

const { database, get, handled, register, server } = useIncidents();
let queue: JobQueue;
let catalogue: DrillCatalogue;
let person: Caller;

beforeAll(async () => {
  catalogue = await openCatalogue(join(import.meta.dirname, '../../drills'));
  // Runs are queued here, and carried out by nobody.
  const jobs = () => drillJobs({ queue, drillsAtOnce: 1 } as Parameters<typeof drillJobs>[0]);
  queue = await createJobQueue({ service: database.service, jobs, log: testLog });
  person = await makeCaller(database.db, `night ${newId()}`, ['operator'], 'person');
});
afterAll(() => queue.close());

function recover(id: string, recovery: object, { bearer }: Caller = person) {
  return supertest(server.variant({ routes: onSiteRoutes({ catalogue, queue }) }))
    .post(`/api/v1/incidents/${id}/recoveries`)
    .set('Authorization', bearer)
    .send({ drill: 'muster-database', recovery });
}

test('a recovery is started from the incident by a person who confirms it, and belongs to it', async () => {
  const { id, number } = await handled();
  const [unconfirmed, robot] = [await recover(id, { confirm: 'x' }), await recover(id, { confirm: 'x' }, server.admin)];
  expect([unconfirmed.status, unconfirmed.body.fields]).toMatchObject([400, [{ field: '#/recovery/confirm' }]]);
  expect([robot.status, robot.body.code]).toEqual([403, 'person-needed']);
  const started = await recover(id, { confirm: 'muster-database' });
  expect(started.status).toBe(202);
  const run = `SELECT mode, recovery_case FROM drill_run WHERE id = $1`;
  expect(await database.db.rows(run, [started.body.runId])).toEqual([{ mode: 'recovery', recovery_case: number }]);
  const { items } = await get(`/incidents/${id}/timeline?kind=recovery-requested`);
  expect(items).toMatchObject([{ by: person.principal.name, details: { drillRunId: started.body.runId } }]);
  await database.db.execute(`UPDATE drill_run SET status = 'aborted', finished_at = now() WHERE id = $1`, [
    started.body.runId,
  ]);
});

test('a recovery of another service than that of the incident is refused', async () => {
  const { id } = await handled({ serviceId: (await register.make()).id });
  const answer = await recover(id, { confirm: 'muster-database' });
  expect([answer.status, answer.body.code]).toEqual([422, 'case-of-other-service']);
});
