import { describe, expect, test } from 'vitest';
import { poolSignals } from '../../src/allocations/pool.signals.ts';
import { backupSignals } from '../../src/backups/backup.signals.ts';
import { databaseNowMs } from '../../src/database/now.ts';
import { drillSignals } from '../../src/drills/drill.signals.ts';
import { replenishmentSignals } from '../../src/inventory/replenishment.signals.ts';
import { newId } from '../../src/kernel/ids.ts';
import { peopleSignals } from '../../src/people/people.signals.ts';
import { expiringSignals } from '../../src/readiness/expiring.signals.ts';
import type { Signal } from '../../src/signals/signal.ts';
import { clockSignals } from '../../src/sla/clock.signals.ts';
import { counterOf, inHours } from '../allocations/support.ts';
import { useKeptWorld } from '../backups/retention/kept-world.ts';
import { makeRun } from '../drills/support/make-run.ts';
import { makeCaller } from '../people/cast.ts';

const world = useKeptWorld();
const { database } = world;
const counter = counterOf(database);

const signals: readonly Signal[] = [
  ...[...backupSignals(), ...poolSignals(), ...replenishmentSignals(), ...expiringSignals()],
  ...[...peopleSignals(), ...clockSignals(), ...drillSignals({ current: () => [] })],
];

/** What a signal says of one subject. */
async function readingOf(name: string, id: string) {
  const { db } = database;
  const found = await signals.find((one) => one.name === name)?.read({ db, nowMs: await databaseNowMs(db) });
  return found?.find(({ subject }) => subject.id === id || subject.name.includes(id));
}

const run = (sql: string, ...parameters: unknown[]) => database.db.transaction((tx) => tx.execute(sql, parameters));

async function makePerson(): Promise<string> {
  const { principal } = await makeCaller(database.db, { kind: 'person' });
  await run('INSERT INTO person (id, email) VALUES ($1, $2)', principal.id, `${principal.id}@example.test`);
  return principal.id;
}

async function makeService(): Promise<{ id: string; name: string }> {
  const { principal } = await makeCaller(database.db);
  const made = { id: newId(), name: `service ${newId()}` };
  await run(
    `INSERT INTO service (id, name, criticality, owner_id, owner_kind, customer, max_proof_age_days)
     VALUES ($1, $2, 'important', $3, 'team', '', 90)`,
    made.id,
    made.name,
    principal.id,
  );
  return made;
}

describe('backups', () => {
  test('say how much of the RPO the newest sound point has used, and that there is none', async () => {
    const { id } = await world.set();
    expect(await readingOf('backup.rpo-used', id)).toMatchObject({
      value: null,
      reason: 'no recovery point was found sound yet',
    });
    await world.point(0, { taken_at: new Date(Date.now() - 1_800_000) });
    // Half an hour of an hour.
    expect((await readingOf('backup.rpo-used', id))?.value).toBeCloseTo(50, -1);
    await world.point(1, { verdict: 'damaged' });
    expect(await readingOf('backup.unsound-points', id)).toMatchObject({ value: 1 });
  });

  test('of a service alone are judged by its thresholds', async () => {
    const { id } = await world.set();
    const service = await makeService();
    await run('INSERT INTO service_backup_set (service_id, backup_set_id) VALUES ($1, $2)', service.id, id);
    expect(await readingOf('backup.unsound-points', id)).toMatchObject({ serviceId: service.id });
  });
});

describe('the pool', () => {
  test('says what is free beyond the reserve, and what is at its reorder point', async () => {
    const site = await counter.site();
    const part = await counter.part({ emergency_reserve: 2, reorder_point: 1, reorder_quantity: 1 });
    await counter.unit(part, site);
    expect(await readingOf('pool.reserve-margin', part)).toMatchObject({ value: -1 });
    expect(await readingOf('inventory.reorder-margin', part)).toMatchObject({ value: 0 });
    await counter.unit(part, site);
    await counter.unit(part, site);
    expect(await readingOf('pool.reserve-margin', part)).toMatchObject({ value: 1 });
    expect(await readingOf('inventory.reorder-margin', part)).toBeUndefined();
  });

  test('says how long check-outs are overdue, and nothing of those that are not', async () => {
    const site = await counter.site();
    const part = await counter.part();
    const unitId = await counter.unit(part, site);
    await counter.checkout([{ unitId }], { dueAt: inHours(1) });
    const [line] = await database.db.rows<{ id: string }>(
      'SELECT allocation_id AS id FROM allocation_line WHERE unit_id = $1',
      [unitId],
    );
    expect(await readingOf('allocation.overdue', line?.id ?? '')).toBeUndefined();
    await run(`UPDATE allocation_line SET due_at = now() - interval '3 days' WHERE unit_id = $1`, unitId);
    expect((await readingOf('allocation.overdue', line?.id ?? ''))?.value).toBeCloseTo(3, 1);
  });
});

describe('people', () => {
  test('say when the first gap of a rota begins', async () => {
    const owner = await makePerson();
    const rota = newId();
    await run(
      `INSERT INTO on_call_rota (id, name, zone, owner_id, owner_kind) VALUES ($1, $2, 'UTC', $3, 'person')`,
      rota,
      `rota ${rota}`,
      owner,
    );
    for (const days of [9, 2]) {
      await run(
        `INSERT INTO on_call_gap_told (id, rota_id, why, from_at, until_at, open_ended)
         VALUES ($1, $2, 'nobody', now() + make_interval(days => $3), now() + make_interval(days => $3, hours => 1), false)`,
        newId(),
        rota,
        days,
      );
    }
    expect((await readingOf('on-call.days-to-gap', rota))?.value).toBeCloseTo(2, 1);
  });

  test('say which trainings stop to count, and nothing of one that a later one has renewed', async () => {
    const person = await makePerson();
    const took = (id: string, validDays: number) =>
      run(
        `INSERT INTO participation (id, person_id, kind, took_place_at, valid_until)
         VALUES ($1, $2, 'training', now() - interval '1 day', now() + make_interval(days => $3))`,
        id,
        person,
        validDays,
      );
    const [first, renewed] = [newId(), newId()];
    await took(first, 10);
    expect((await readingOf('people.training-days-left', first))?.value).toBeCloseTo(10, 1);
    await took(renewed, 400);
    expect(await readingOf('people.training-days-left', first)).toBeUndefined();
    expect(await readingOf('people.training-days-left', renewed)).toBeUndefined();
  });
});

describe('SLA clocks', () => {
  test('say how much of their time is consumed, also when it is all', async () => {
    const clock = newId();
    const { principal } = await makeCaller(database.db);
    await database.db.transaction(async (tx) => {
      await tx.execute(
        `INSERT INTO sla_clock (id, kind, severity, subject, term, mark_percents, started_at, created_by)
         VALUES ($1, 'resolve', 'general', 'case', '{"unit": "hours", "amount": 2, "counted": "always"}', '{50}',
           date_trunc('seconds', now()) - interval '3 hours', $2)`,
        [clock, principal.id],
      );
      await tx.execute(
        `INSERT INTO sla_clock_segment (clock_id, seq, state, from_at)
         SELECT id, 1, 'running', started_at FROM sla_clock WHERE id = $1`,
        [clock],
      );
    });
    expect((await readingOf('sla.clock-used', clock))?.value).toBeCloseTo(150, -1);
  });
});

describe('drills', () => {
  test('say how near to its objective the last recovery of a service came', async () => {
    const service = await makeService();
    const drill = `drill-${newId()}`;
    for (const [seconds, daysAgo] of [
      [30, 2],
      [90, 1],
    ] as const) {
      const triggeredAt = new Date(Date.now() - daysAgo * 86_400_000);
      const made = { drill, service: service.name, triggeredAt, outcome: 'passed', restoreSeconds: seconds } as const;
      const id = await makeRun(database.db, made);
      await run(
        `INSERT INTO drill_target (run_id, target, target_seconds, actual_seconds, result, required)
         VALUES ($1, 'recover', 100, $2, 'met', true)`,
        id,
        seconds,
      );
    }
    expect(await readingOf('drill.rta-used', drill)).toMatchObject({ serviceId: service.id, value: 90 });
  });
});
