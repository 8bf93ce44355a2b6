import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { judgeSignals } from '../../src/alerts/alert-pass.service.ts';
import { ensureShippedRules, SHIPPED_RULES } from '../../src/alerts/shipped-rules.ts';
import { databaseNowMs } from '../../src/database/now.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { newId } from '../../src/kernel/ids.ts';
import type { RouteDependencies } from '../../src/routes.ts';
import type { Signal } from '../../src/signals/signal.ts';
import { signals } from '../../src/signals.ts';
import { PolicyVersionEntity, TargetEntity } from '../../src/sla/policy.entity.ts';
import { ensureExamplePolicy } from '../../src/sla/policy.service.ts';
import { useDatabase } from '../support/database.ts';
import { testLog } from '../support/log.ts';

const database = useDatabase([PolicyVersionEntity, TargetEntity]);
let root: string;
let own: readonly Signal[];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'msig-'));
  // Sound: nothing else of the runtime is read by signals.
  const runtime = { clock: systemClock, directories: { data: root, backups: root } } as RouteDependencies['runtime'];
  own = signals({ runtime, catalogue: { current: () => [] } as unknown as RouteDependencies['catalogue'] });
  await database.db.transaction(async (tx) => {
    await ensureExamplePolicy(tx);
    await ensureShippedRules(tx);
  });
});
afterAll(() => rm(root, { recursive: true }));

async function read(name: string) {
  const { db } = database;
  const signal = own.find((one) => one.name === name);
  return signal?.read({ db, nowMs: await databaseNowMs(db) });
}

describe('the signals of Muster', () => {
  test('have a name each, and each has a rule that comes with Muster, once', async () => {
    const names = own.map(({ name }) => name).toSorted();
    expect(new Set(names).size).toBe(names.length);
    const ruled = SHIPPED_RULES.map(({ signal }) => signal).toSorted();
    expect(ruled).toEqual([...names, 'push:alertmanager'].toSorted());
    await database.db.transaction(ensureShippedRules);
    const [{ count } = { count: '' }] = await database.db.rows<{ count: string }>(
      'SELECT count(*) FROM alert_rule WHERE shipped_as = signal AND enabled',
    );
    expect(Number(count)).toBe(ruled.length);
  });

  test('can all be read of an installation where there is nothing yet', async () => {
    const report = await judgeSignals({ db: database.db, log: testLog, signals: own }, new AbortController().signal);
    expect(report).toMatchObject({ rules: SHIPPED_RULES.length, failed: 0 });
  });

  test('say how much room the disks have, and how far the clocks lie apart', async () => {
    expect(await read('system.disk-free')).toMatchObject([
      { subject: { kind: 'disk', name: 'data directory' }, value: expect.any(Number) },
      { subject: { kind: 'disk', name: 'backup directory' } },
    ]);
    const [drift] = (await read('system.clock-drift')) ?? [];
    expect(drift?.value).toBeGreaterThanOrEqual(0);
  });

  test('say how late a schedule is, and nothing of one that is paused', async () => {
    const [late, paused] = [newId(), newId()];
    await database.db.execute(
      `INSERT INTO schedule (id, name, cron, zone, catch_up, job, payload, system, cursor_at, paused_at)
       SELECT id, name, '0 0 * * *', 'UTC', 'skip', 'system.tidy', '{}', false,
         date_trunc('day', now()) - interval '2 days', paused
       FROM (VALUES ($1::uuid, 'late', NULL::timestamptz), ($2, 'paused', now())) v (id, name, paused)`,
      [late, paused],
    );
    const found = (await read('system.schedule-lag')) ?? [];
    expect(found.map(({ subject }) => subject.id)).toEqual([late]);
    expect(found[0]?.value).toBeGreaterThanOrEqual(86_400);
  });
});
