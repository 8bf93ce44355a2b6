import { Registry } from 'prom-client';
import { beforeAll, describe, expect, test } from 'vitest';
import { allocationJobs } from '../../src/allocations/allocation.jobs.ts';
import { remindOverdue } from '../../src/allocations/overdue.service.ts';
import { reminderDay } from '../../src/allocations/overdue.ts';
import { observe } from '../../src/composition/observations.ts';
import { newId } from '../../src/kernel/ids.ts';
import { testLog } from '../support/log.ts';
import { useAllocations } from './lifecycle-cast.ts';

const cast = useAllocations();
const { shelf, site } = cast;
const never = new AbortController().signal;

/** Moves the due date of what is out so many days back. */
const overdueBy = (lineId: string, days: number) =>
  cast.database.db.execute(
    `UPDATE allocation_line SET due_at = date_trunc('milliseconds', now() - $2 * interval '1 day') WHERE id = $1`,
    [lineId, days],
  );

let partOwner = { id: '', name: '' };
beforeAll(async () => {
  partOwner = await cast.principal('person');
});

async function outFor(days: number, more: object = {}, partColumns: Record<string, unknown> = {}) {
  const partId = await shelf.part({ owner_id: partOwner.id, owner_kind: 'person', ...partColumns });
  const unitId = await shelf.unit(partId, site.id);
  const { id, code, lines } = await cast.checkOut([{ unitId }], more);
  await overdueBy(lines[0].id, days);
  return { id: id as string, code: code as string, lineId: lines[0].id as string, partId, unitId };
}

interface Told {
  readonly recipient_id: string;
  readonly summary: string;
  readonly details: { readonly day: number; readonly lineId: string };
}

const noticesOf = async (lineId: string) =>
  cast.database.db.rows<Told>(
    `SELECT recipient_id, summary, details FROM notice WHERE kind = 'allocation.overdue' AND details->>'lineId' = $1 ORDER BY id`,
    [lineId],
  );

describe('the days of reminding', () => {
  test.each([
    [0, undefined],
    [1, 1],
    [2, 1],
    [3, 3],
    [6, 3],
    [7, 7],
    [13, 7],
    [14, 14],
    [20, 14],
    [21, 21],
    [27, 21],
    [28, 28],
    [365, 364],
  ])('%i days after the due date the last one was day %s', (days, day) => {
    expect(reminderDay(days)).toBe(day);
  });
});

describe('reminders', () => {
  test('go to the holder, the owner of the part and whoever made the allocation, once for each day of reminding', async () => {
    const { lineId, code } = await outFor(1.5);
    await remindOverdue(cast.database.db, never);
    const told = await noticesOf(lineId);
    expect(told.map(({ recipient_id }) => recipient_id).toSorted()).toEqual(
      [cast.holder.id, partOwner.id, cast.server.admin.principal.id].toSorted(),
    );
    expect(told[0]?.summary).toContain(code);
    expect(told[0]?.summary).toContain('1 day ago');
    await remindOverdue(cast.database.db, never);
    expect(await noticesOf(lineId)).toHaveLength(3);
  });

  test('are written by their job, and dead holds are noted by theirs', async () => {
    const { lineId, partId, unitId } = await outFor(2);
    const spare = await shelf.unit(partId, site.id);
    const dead = await cast.promise([{ kind: 'unit', part_id: partId, unit_id: spare }], {
      fromHours: -2,
      untilHours: -1,
    });
    for (const job of allocationJobs({ db: cast.database.db })) {
      expect(job.payload.safeParse({}).success).toBe(true);
      await job.run({ payload: {} as never, jobId: newId(), attempt: 1, signal: never, log: testLog });
    }
    expect(await noticesOf(lineId)).toHaveLength(3);
    const [line] = await cast.database.db.rows<{ state: string }>('SELECT state FROM allocation_line WHERE id = $1', [
      dead.lineId,
    ]);
    expect(line?.state).toBe('expired');
    expect(await cast.unitOf(unitId)).toMatchObject({ state: 'issued' });
  });

  test('come again on the next day of reminding, and after a new due date', async () => {
    const { lineId } = await outFor(2);
    await remindOverdue(cast.database.db, never);
    await cast.database.db.execute(`UPDATE allocation_line SET due_at = due_at - interval '6 days' WHERE id = $1`, [
      lineId,
    ]);
    await remindOverdue(cast.database.db, never);
    expect((await noticesOf(lineId)).map(({ details }) => details.day)).toEqual([1, 1, 1, 7, 7, 7]);
  });

  test('are not sent before a full day, nor for what came back', async () => {
    const early = await outFor(0.9);
    const back = await outFor(5);
    const answer = await cast.post(`/checkouts/${back.id}/returns`, { lines: [{ lineId: back.lineId }] });
    expect(answer.status).toBe(200);
    await remindOverdue(cast.database.db, never);
    expect(await noticesOf(early.lineId)).toEqual([]);
    expect(await noticesOf(back.lineId)).toEqual([]);
  });

  test('are written once however many replicas run at a time', async () => {
    const lines = await Promise.all(Array.from({ length: 6 }, () => outFor(3)));
    await Promise.all([1, 2, 3, 4].map(() => remindOverdue(cast.database.db, never)));
    for (const { lineId } of lines) expect(await noticesOf(lineId)).toHaveLength(3);
  });

  test('reach every line, also when more than a batch fell due in one instant', async () => {
    const partId = await shelf.part({ tracking: 'bulk' });
    await shelf.stock(partId, site.id, 200);
    for (let round = 0; round < 2; round += 1) {
      await cast.checkOut(Array.from({ length: 60 }, () => ({ partId, quantity: 1 })));
    }
    await cast.database.db.execute(
      `UPDATE allocation_line SET due_at = now() - interval '4 days' WHERE part_id = $1 AND state = 'issued'`,
      [partId],
    );
    await remindOverdue(cast.database.db, never);
    const [row] = await cast.database.db.rows<{ lines: number }>(
      `SELECT count(DISTINCT n.details->>'lineId')::integer AS lines FROM notice n
       JOIN allocation_line l ON l.id = (n.details->>'lineId')::uuid WHERE l.part_id = $1`,
      [partId],
    );
    const [all] = await cast.database.db.rows<{ lines: number }>(
      `SELECT count(*)::integer AS lines FROM allocation_line WHERE part_id = $1`,
      [partId],
    );
    expect(row?.lines).toBe(all?.lines);
    expect(row?.lines).toBeGreaterThan(100);
  });

  test('for a service go to its owner, and not to whom is disabled', async () => {
    const owner = await cast.principal('team');
    const serviceId = await shelf.add('service', {
      name: `service ${newId()}`,
      criticality: 'important',
      customer: '',
      owner_id: owner.id,
      owner_kind: 'team',
      max_proof_age_days: 90,
    });
    const gone = await cast.principal('person');
    const { lineId } = await outFor(3, { holder: { kind: 'service', id: serviceId } }, { owner_id: gone.id });
    await cast.database.db.execute('UPDATE principal SET disabled_at = now() WHERE id = $1', [gone.id]);
    await remindOverdue(cast.database.db, never);
    expect((await noticesOf(lineId)).map(({ recipient_id }) => recipient_id).toSorted()).toEqual(
      [owner.id, cast.server.admin.principal.id].toSorted(),
    );
  });
});

describe('what is overdue', () => {
  test('is listed with the longest first, by holder, part and service, page by page, and counted in the metrics', async () => {
    const holder = { kind: 'team', id: (await cast.principal('team')).id };
    const made = [];
    for (const days of [2, 9, 5]) made.push(await outFor(days, { holder }));
    const [two, nine, five] = made;
    const path = `/overdue?holderId=${holder.id}`;
    const answer = await cast.get(`${path}&total=true`);
    expect(answer.body.total).toBe('3');
    expect(answer.body.items.map((item: { lineId: string }) => item.lineId)).toEqual(
      [nine, five, two].map((one) => one?.lineId),
    );
    expect(answer.body.items.map((item: { daysOverdue: number }) => item.daysOverdue)).toEqual([9, 5, 2]);
    const seen: string[] = [];
    for (let next = ''; ; ) {
      const page = await cast.get(`${path}&limit=1${next && `&after=${next}`}`);
      seen.push(...page.body.items.map((item: { lineId: string }) => item.lineId));
      next = page.body.next;
      if (!next) break;
    }
    expect(seen).toEqual([nine, five, two].map((one) => one?.lineId));
    const ofPart = await cast.get(`/overdue?partId=${five?.partId}`);
    expect(ofPart.body.items.map((item: { lineId: string }) => item.lineId)).toEqual([five?.lineId]);

    const metrics = new Registry();
    const idle = { health: () => ({ lastTickAgeSeconds: 0, lagSeconds: 0 }) };
    const sealer = { lagSeconds: async () => 0 };
    observe(metrics, { db: cast.database.db, ticker: idle as never, sealer: sealer as never });
    const count = Number(/^muster_overdue_lines (\d+)$/m.exec(await metrics.metrics())?.[1]);
    expect(count).toBeGreaterThanOrEqual(3);
    await cast.change(`/checkouts/${two?.id}/extend`, 1, { dueAt: null });
    expect(Number(/^muster_overdue_lines (\d+)$/m.exec(await metrics.metrics())?.[1])).toBe(count - 1);
  });
});
