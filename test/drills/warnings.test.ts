import { expect, test } from 'vitest';
import { addWarning, recordPoint } from '../../src/drills/drill-part.store.ts';
import { runById } from '../../src/drills/drill-run.queries.ts';
import { newId } from '../../src/kernel/ids.ts';
import { useDatabase } from '../support/database.ts';
import { ENTITIES } from './support/entities.ts';
import { makeRun } from './support/make-run.ts';

const database = useDatabase(ENTITIES);

test('what a run was warned of before its recovery point was chosen stays', async () => {
  const { db } = database;
  const of = { drill: `drill-${newId()}`, service: 'x', triggeredAt: new Date() };
  const runId = await makeRun(db, { ...of, outcome: 'running' });
  const point = { id: newId(), sha256: null, takenAt: new Date(), sizeBytes: 1, repository: 'x' };
  await db.transaction(async (tx) => {
    await addWarning(tx, runId, 'before');
    await recordPoint(tx, runId, point, ['of the point']);
    await addWarning(tx, runId, 'after');
  });
  expect((await runById(db, runId)).warnings).toEqual(['before', 'of the point', 'after']);
});
