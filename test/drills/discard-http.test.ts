import { expect, test } from 'vitest';
import { keptRoutes } from '../../src/drills/kept.routes.ts';
import { newId } from '../../src/kernel/ids.ts';
import { useApp } from '../http/support.ts';
import { useDatabase } from '../support/database.ts';
import { ENTITIES } from './support/entities.ts';
import { makeRun } from './support/make-run.ts';

const database = useDatabase(ENTITIES);
const server = useApp(database, () => ({ routes: keptRoutes() }));
const discard = (runId: string) => server.request('post', `/api/v1/drill-runs/${runId}/discard`);

test('what a failed run has kept is given up over HTTP, and of a run that keeps nothing it is said', async () => {
  const of = { drill: `drill-${newId()}`, service: 'x', triggeredAt: new Date() };
  const runId = await makeRun(database.db, { ...of, outcome: 'failed' });
  expect((await discard(runId)).body).toMatchObject({ status: 409, code: 'nothing-kept' });
  await database.db.execute(
    `UPDATE drill_run SET cleanup = 'kept', kept_until = finished_at + interval '1 hour', kept_size_bytes = 4096 WHERE id = $1`,
    [runId],
  );
  const { status, body } = await discard(runId);
  expect(status).toBe(202);
  expect(body).toMatchObject({ id: runId, cleanup: 'kept', kept: { sizeBytes: 4096 } });
  expect(Date.parse(body.kept.until)).toBeLessThan(of.triggeredAt.getTime() + 3_600_000);
  expect((await discard(newId())).body).toMatchObject({ status: 404, code: 'unknown-run' });
});
