import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { closeActions, openActions } from '../../src/drills/action.store.ts';
import { concludeRun } from '../../src/drills/conclusion.ts';
import { readDefinition } from '../../src/drills/definition-file.ts';
import { openRun } from '../../src/drills/drill.service.ts';
import { runById } from '../../src/drills/drill-run.queries.ts';
import { ensureDrillSchedules } from '../../src/drills/drill-schedule.ts';
import { tellOverdueDrills } from '../../src/drills/watch.service.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { newId } from '../../src/kernel/ids.ts';
import { ensureExamplePolicy } from '../../src/sla/policy.service.ts';
import { registerOf } from '../services/register.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { newKeyring } from '../support/keyring.ts';
import { testLog } from '../support/log.ts';
import { ENTITIES } from './support/entities.ts';
import { makeRun } from './support/make-run.ts';

const database = useDatabase(ENTITIES);
const register = registerOf(database);
const shipped = await readFile(join(import.meta.dirname, '../../drills/muster-database.yaml'), 'utf8');
const file = readDefinition(
  'orders',
  Buffer.from(shipped.replace(/^name: .*$/m, 'name: orders').replace(/^service: .*$/m, 'service: Orders')),
);
const catalogue = { directory: '', current: () => [file], refresh: async () => [file] };
const deps = { clock: systemClock, log: testLog, keyring: await newKeyring(), version: 'test' };
const signal = new AbortController().signal;
let ownerId: string;

beforeAll(async () => {
  const { db } = database;
  const service = await register.make({ name: 'Orders' });
  ownerId = service.owner.id;
  await db.transaction(async (tx) => {
    await ensureExamplePolicy(tx);
    await ensureDrillSchedules(tx, [file]);
  });
});

/** What the owner of the service was told about something, the oldest first. */
async function told(subjectId: string): Promise<string[]> {
  const rows = await database.db.rows<{ kind: string }>(
    'SELECT kind FROM notice WHERE subject_id = $1 AND recipient_id = $2 ORDER BY id',
    [subjectId, ownerId],
  );
  return rows.map(({ kind }) => kind);
}

const OUTCOME: Parameters<typeof concludeRun>[3] = {
  ...{
    status: 'failed',
    reason: 'no room',
    validation: 'not reached',
    validationReason: null,
    backup: { state: 'unknown' },
  },
  ...{ resources: 'unknown', respondSeconds: null, planSeconds: null, technicalRtaSeconds: null },
  ...{ cleanup: 'not needed', cleanupReason: null },
};

describe('a run and its actions', () => {
  test('are told in the transaction that writes them: with it they are there, without it they are not', async () => {
    const { db } = database;
    expect(file.problems).toEqual([]);
    const runId = (await db.transaction((tx) => openRun(tx, [file], 'orders', 'schedule'))) ?? '';
    const end = (fails: boolean) =>
      db.transaction(async (tx) => {
        await concludeRun(tx, { ...deps, db }, { runId, attempt: 0 }, OUTCOME, undefined);
        if (fails) throw new Error('the process was killed');
      });
    const skipped = await db.transaction((tx) => openRun(tx, [file], 'orders', 'schedule'));
    expect(skipped).toBeUndefined();
    const [late] = await db.rows<{ id: string }>(`SELECT id FROM drill_run WHERE status = 'skipped'`);
    expect(await told(late?.id ?? '')).toEqual(['drill.missed']);

    await expect(end(true)).rejects.toThrow('killed');
    expect(await told(runId)).toEqual([]);
    await end(false);
    await expect(end(false)).rejects.toMatchObject({ code: 'run-lost' });
    expect(await told(runId)).toEqual(['drill-run.finished']);
    const [action] = await db.rows<{ id: string }>('SELECT id FROM drill_action WHERE opened_by_run = $1', [runId]);
    expect(await told(action?.id ?? '')).toEqual(['drill-action.opened']);
  });

  test('an action is told once while it stays open, and when it is closed', async () => {
    const { db } = database;
    const owner = { id: ownerId, name: 'owner', dueDays: 7 };
    const runs = [await makeRun(db, RUN), await makeRun(db, RUN)];
    const shortcoming = { subject: 'rpo', summary: 'too old' } as const;
    for (const id of runs) {
      await db.transaction(async (tx) => openActions(tx, await runById(tx, id), owner, [shortcoming]));
    }
    const [action] = await db.rows<{ id: string }>(`SELECT id FROM drill_action WHERE subject = 'rpo'`);
    expect(await told(action?.id ?? '')).toEqual(['drill-action.opened']);
    for (const id of runs) await db.transaction(async (tx) => closeActions(tx, await runById(tx, id), ['rpo']));
    expect(await told(action?.id ?? '')).toEqual(['drill-action.opened', 'drill-action.closed']);
  });
});

const RUN = { drill: 'orders', service: 'Orders', triggeredAt: new Date(0), outcome: 'failed' } as const;

describe('what did not happen', () => {
  const look = () => tellOverdueDrills({ db: database.db, catalogue }, signal);

  test('a missed slot is told once, however many look at the same time', async () => {
    const [schedule] = await database.db.rows<{ id: string }>(`SELECT id FROM schedule WHERE name = 'orders.drill'`);
    const id = schedule?.id ?? '';
    for (const [days, state] of [
      [1, 'missed'],
      [2, 'skipped'],
      [30, 'missed'],
    ] as const) {
      await runAs(
        database.owner,
        `INSERT INTO schedule_fire (id, schedule_id, slot, manual, state)
         VALUES ($1, $2, date_trunc('minute', now()) - make_interval(days => $3), false, $4)`,
        [newId(), id, days, state],
      );
    }
    const counts = await Promise.all([look(), look(), look()]);
    expect(counts.reduce((sum, count) => sum + count)).toBe(1);
    expect(await look()).toBe(0);
    expect(await told(id)).toEqual(['drill.missed']);
  });

  test('an action that is overdue is told once', async () => {
    await runAs(database.owner, `UPDATE drill_action SET due_at = now() - interval '1 day' WHERE closed_at IS NULL`);
    expect(await look()).toBeGreaterThan(0);
    expect(await look()).toBe(0);
    const rows = await database.db.rows<{ kind: string }>(
      `SELECT kind FROM notice WHERE kind = 'drill-action.overdue'`,
    );
    expect(rows.length).toBe((await database.db.rows('SELECT FROM drill_action WHERE closed_at IS NULL')).length);
  });
});
