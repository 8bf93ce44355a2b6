import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { attainmentRoutes } from '../../src/incidents/attainment.routes.ts';
import { ServiceEntity } from '../../src/services/service.entity.ts';
import { breachCauseRoutes } from '../../src/sla/breach-cause.routes.ts';
import { calendarRoutes } from '../../src/sla/calendar.routes.ts';
import { PolicyVersionEntity, TargetEntity } from '../../src/sla/policy.entity.ts';
import { ensureExamplePolicy } from '../../src/sla/policy.service.ts';
import { type Caller, makeCaller, useApp } from '../http/support.ts';
import { auditOf } from '../people/cast.ts';
import { registerOf } from '../services/register.ts';
import { ms } from '../sla/calendars.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { scaled, TEST_SEED } from '../support/scale.ts';
import { anyClock, OFFICE, percentileByHand, walk } from './attainment-by-hand.ts';
import { type LaidClock, layClocks } from './clocks.ts';
import { layIncident } from './laid-incident.ts';

const database = useDatabase([ServiceEntity, PolicyVersionEntity, TargetEntity]);
const server = useApp(database, () => ({
  routes: [...attainmentRoutes(), ...breachCauseRoutes(), ...calendarRoutes()],
}));
const PATH = '/api/v1/sla-attainment';
const HOUR_MS = 3_600_000;

let manager: Caller;
let calendarId = '';
let services: readonly { readonly id: string; readonly name: string; readonly owner: { readonly id: string } }[] = [];
let laid: readonly LaidClock[] = [];
let laidIds: readonly string[] = [];

beforeAll(async () => {
  manager = await makeCaller(database.db, 'Duty manager', ['operator'], 'person');
  const weekly = { monday: OFFICE, tuesday: OFFICE, wednesday: OFFICE, thursday: OFFICE, friday: OFFICE };
  const calendar = await server.request('post', '/api/v1/sla-calendars').send({
    ...{ name: 'Office', zone: 'Asia/Shanghai', holidays: 'none' },
    weekly: { ...weekly, saturday: [], sunday: [] },
  });
  calendarId = calendar.body.id;
  services = [await registerOf(database).make(), await registerOf(database).make({ name: '+SUM(1)' })];
  const ids = services.map(({ id }) => id);
  laid = fc.sample(anyClock(ids, calendarId, Date.now()), { numRuns: scaled(300), seed: TEST_SEED });
  laidIds = await layClocks(database, laid);
});

interface Figures {
  readonly [name: string]: unknown;
  readonly clocks: number;
  readonly open: Record<string, number>;
  readonly measured: { readonly clocks: number; readonly p50Seconds: number; readonly p90Seconds: number } | null;
}

const dayBefore = (days: number) => new Date(Date.now() - days * 24 * HOUR_MS).toISOString().slice(0, 10);

/** Days that hold the random clocks, and none of those that are started today. */
const RANDOM_DAYS = `from=${dayBefore(310)}&until=${dayBefore(3)}`;
/** Days that hold those of today. */
const TODAY = `from=${dayBefore(2)}&until=${dayBefore(-2)}`;

async function read(by: string, more = '', days = RANDOM_DAYS) {
  const answer = await server.request('get', `${PATH}?${days}&by=${by}${more}`);
  expect(answer.status, answer.text).toBe(200);
  return answer.body as { readonly readAt: string; readonly total: Figures; readonly rows: readonly Figures[] };
}

/** The same figures by the walk through every clock. */
function byHand(clocks: readonly LaidClock[], readAtMs: number, isOneKind: boolean) {
  const read = clocks.map((clock) => ({ clock, ...walk(clock, readAtMs), last: clock.segments.at(-1)?.state }));
  const stopped = read.filter(({ last }) => last === 'stopped');
  const open = read.filter(({ last }) => last !== 'stopped');
  const met = stopped.filter(({ isBreached }) => !isBreached).length;
  const breached = stopped.length - met;
  const openBreached = open.filter(({ isBreached }) => isBreached).length;
  const atRisk = open.filter(({ isAtRisk }) => isAtRisk).length;
  const decided = met + breached + openBreached;
  const seconds = stopped.map(({ consumedMinutes }) => consumedMinutes * 60);
  return {
    ...{ clocks: clocks.length, met, breached, unreadable: 0 },
    open: {
      ...{ onTrack: open.length - openBreached - atRisk, atRisk, breached: openBreached },
      paused: open.filter(({ last }) => last === 'paused').length,
    },
    metPercent: decided === 0 ? null : Math.round((met / decided) * 10_000) / 100,
    measured:
      isOneKind && stopped.length > 0
        ? {
            clocks: stopped.length,
            p50Seconds: percentileByHand(seconds, 50),
            p90Seconds: percentileByHand(seconds, 90),
            counted: expect.stringMatching(/^(always|business|mixed)$/),
          }
        : null,
  };
}

const monthIn = (zone: string) => {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit' });
  return ({ segments }: LaidClock) => format.format(segments[0]?.fromMs);
};

describe('attainment', () => {
  test('is what somebody finds who walks through every clock minute by minute, whatever rows are told apart by', async () => {
    const teamOf = (serviceId: string | null) => services.find(({ id }) => id === serviceId)?.owner.id;
    const keys: Record<string, (clock: LaidClock) => unknown> = {
      severity: ({ severity }) => severity,
      kind: ({ kind }) => kind,
      service: ({ serviceId }) => serviceId,
      team: ({ serviceId }) => teamOf(serviceId) ?? null,
      month: monthIn('Europe/Berlin'),
    };
    for (const by of ['kind', 'severity,kind', 'service', 'kind,team,month', 'severity,kind,service,month']) {
      const names = by.split(',');
      const { readAt, total, rows } = await read(by, '&zone=Europe/Berlin');
      const keyOfRow = (row: Record<string, unknown>) =>
        names.map((name) => (row[name] as { id?: string } | null)?.id ?? row[name] ?? null);
      const grouped = Map.groupBy(laid, (clock) => JSON.stringify(names.map((name) => keys[name]?.(clock) ?? null)));
      expect(rows.map((row) => JSON.stringify(keyOfRow(row))).toSorted()).toEqual([...grouped.keys()].toSorted());
      for (const row of rows) {
        const clocks = grouped.get(JSON.stringify(keyOfRow(row))) ?? [];
        const isOneKind = new Set(clocks.map(({ kind }) => kind)).size === 1;
        expect(row).toMatchObject(byHand(clocks, Date.parse(readAt), isOneKind));
      }
      expect(total).toMatchObject(byHand(laid, Date.parse(readAt), false));
    }
  });

  test('counts only the clocks that were asked for', async () => {
    const [service] = services;
    const { total } = await read('kind', `&severity=emergency&serviceId=${service?.id}`);
    const wanted = laid.filter(({ severity, serviceId }) => severity === 'emergency' && serviceId === service?.id);
    expect(total.clocks).toBe(wanted.length);
    const ofKind = await read('severity', `&kind=recover&teamId=${service?.owner.id}`);
    const ids = services.filter(({ owner }) => owner.id === service?.owner.id).map(({ id }) => id);
    const recovered = laid.filter(({ kind, serviceId }) => kind === 'recover' && ids.includes(serviceId ?? ''));
    expect(ofKind.total.clocks).toBe(recovered.length);
    expect(ofKind.total.measured).not.toBeNull();
  });

  test('knows months by the wall clock of the zone: over the hour that comes twice, and over the end of a year', async () => {
    const start = (iso: string, zone: string): LaidClock => ({
      ...{ kind: 'record', severity: 'general', serviceId: null, calendarId: null },
      term: { unit: 'minutes', amount: 60, counted: 'always' },
      segments: [{ state: 'running', fromMs: ms(iso, zone) }],
    });
    const berlin = 'Europe/Berlin';
    await layClocks(database, [
      // The clocks went back on 2020-10-25; in Santiago there was no midnight on 2020-09-06.
      ...['2020-10-31T23:59:59.999', '2020-11-01T00:00', '2020-12-31T23:59:59.999', '2021-01-01T00:00'].map((iso) =>
        start(iso, berlin),
      ),
      start('2020-10-25T02:30', berlin),
    ]);
    const months = async (days: string) =>
      (await read('month', '&kind=record', days)).rows.map(({ month, clocks }) => [month, clocks]);
    expect(await months(`from=2020-10-01&until=2021-02-01&zone=${berlin}`)).toEqual([
      ['2020-10', 2],
      ['2020-11', 1],
      ['2020-12', 1],
      ['2021-01', 1],
    ]);
    // The same instants, where it is an hour less: two of them lie in the month before.
    expect(await months('from=2020-10-01&until=2021-02-01&zone=UTC')).toEqual([
      ['2020-10', 3],
      ['2020-12', 2],
    ]);
    expect(await months(`from=2020-11-01&until=2021-01-01&zone=${berlin}`)).toEqual([
      ['2020-11', 1],
      ['2020-12', 1],
    ]);
    expect(await months('from=2020-09-06&until=2021-01-01&zone=America/Santiago')).toHaveLength(2);
  });

  test('refuses periods and rows that make no sense, by the name of the field', async () => {
    const refused = async (query: string) => {
      const answer = await server.request('get', `${PATH}?${query}`);
      expect(answer.status).toBe(400);
      return answer.body.fields.map(({ field }: { field: string }) => field);
    };
    expect(await refused('from=2026-02-01&until=2026-02-01')).toEqual(['query.until']);
    expect(await refused('from=2016-01-01&until=2026-01-02')).toEqual(['query.until']);
    expect(await refused('from=2026-02-30&until=2026-04-01')).toEqual(['query.from']);
    expect(await refused('from=2026-01-01&until=2026-04-01&zone=Mars/Olympus')).toEqual(['query.zone']);
    expect(await refused('from=2026-01-01&until=2026-04-01&by=colour')).toEqual(['query.by']);
  });

  test('as CSV has a line for each row and one for all, and no cell is a formula', async () => {
    const query = `${RANDOM_DAYS}&by=kind,service`;
    const answer = await server.request('get', `${PATH}.csv?${query}`);
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
    const lines: Record<string, string>[] = parse(answer.text, { bom: true, columns: true });
    const { rows, total } = await read('kind,service');
    expect(lines.map((line) => [line.row, line.kind, line.clocks])).toEqual([
      ...rows.map(({ kind, clocks }) => ['row', kind, String(clocks)]),
      ['all', '', String(total.clocks)],
    ]);
    expect(lines.map(({ service }) => service)).toContain("'+SUM(1)");
    for (const cell of lines.flatMap((line) => Object.values(line))) expect(cell).not.toMatch(/^[=+\-@]/);
  });
});

describe('the cause of a breach', () => {
  const late = (stopped: boolean): LaidClock => {
    const fromMs = Date.now() - 3 * HOUR_MS;
    return {
      ...{ kind: 'feedback', severity: 'important', serviceId: null, calendarId: null },
      term: { unit: 'hours', amount: 1, counted: 'always' },
      segments: [
        { state: 'running', fromMs },
        ...(stopped ? [{ state: 'stopped' as const, fromMs: fromMs + 2 * HOUR_MS }] : []),
      ],
    };
  };
  const state = (id: string | undefined, body: object, as = manager) =>
    server.request('post', `/api/v1/sla-clocks/${id}/breach-causes`).set('Authorization', as.bearer).send(body);

  test('is stated by a person, the last one counts, and what nobody stated is told as well', async () => {
    const [open, stopped] = await layClocks(database, [late(false), late(true), late(true)]);
    const [robot] = [await makeCaller(database.db, 'robot', ['operator'])];
    expect((await state(open, { cause: 'supplier' }, robot)).body.code).toBe('person-needed');
    expect((await state(open, { cause: 'supplier' })).status).toBe(201);
    await state(stopped, { cause: 'no-spare' });
    const corrected = await state(stopped, { cause: 'supplier', note: 'It was promised for Monday' });
    expect(corrected.body).toMatchObject({ seq: 2, cause: 'supplier', by: { name: 'Duty manager' } });
    const listed = await server.request('get', `/api/v1/sla-clocks/${stopped}/breach-causes?limit=1`);
    expect(listed.body.items).toMatchObject([{ seq: 1, cause: 'no-spare' }]);
    const next = await server.request('get', `/api/v1/sla-clocks/${stopped}/breach-causes?after=${listed.body.next}`);
    expect(next.body.items).toEqual([corrected.body]);
    const { total } = await read('kind', '&kind=feedback', TODAY);
    expect(total.causes).toEqual([
      { of: 'supplier', clocks: 2 },
      { of: 'not-stated', clocks: 1 },
    ]);
    expect((await auditOf(database.db, 'sla-clock', stopped ?? '')).map(({ details }) => details.cause)).toEqual([
      'no-spare',
      'supplier',
    ]);
  });

  test('is refused for a clock that is in time, and says what other is', async () => {
    const fromMs = Date.now() - HOUR_MS;
    const [id] = await layClocks(database, [
      { ...late(false), segments: [{ state: 'running', fromMs: fromMs + 60_000 }] },
    ]);
    expect((await state(id, { cause: 'supplier' })).body.code).toBe('clock-not-breached');
    expect((await state(id, { cause: 'other' })).body.fields).toMatchObject([{ field: '#/note' }]);
    const insert = (by: string) =>
      runAs(
        database.superuser,
        `INSERT INTO sla_breach_cause (clock_id, seq, cause, note, by_id) VALUES ('${id}', 1, 'supplier', '', '${by}')`,
      );
    await expect(insert(manager.principal.id)).rejects.toMatchObject({ constraint: 'sla_breach_cause_of_breach' });
    const [breached] = await layClocks(database, [late(true)]);
    await state(breached, { cause: 'supplier' });
    await expect(runAs(database.superuser, 'UPDATE sla_breach_cause SET note = $1', ['nicer'])).rejects.toMatchObject({
      code: '42501',
    });
  });
});

test('a clock of an incident counts for its team, and for the severity of its last promise', async () => {
  await database.db.transaction(ensureExamplePolicy);
  const incident = await layIncident(database, manager.principal.id, { severity: 'important' });
  const [id] = await layClocks(database, [
    {
      ...{ kind: 'transfer', severity: 'general', serviceId: services[0]?.id ?? null, calendarId: null },
      term: { unit: 'hours', amount: 1, counted: 'always' },
      subject: incident.number,
      segments: [{ state: 'running', fromMs: Date.now() - 600_000 }],
    },
  ]);
  await runAs(
    database.superuser,
    `ALTER TABLE sla_clock_rebase DISABLE TRIGGER USER;
     INSERT INTO sla_clock_rebase (clock_id, seq, term, policy_version, severity, reason, by_id)
       SELECT id, 1, '{"unit": "minutes", "amount": 12, "counted": "always"}', 1, 'important', 'It is worse', '${manager.principal.id}'
       FROM sla_clock WHERE id = '${id}';
     INSERT INTO sla_clock_rebase (clock_id, seq, term, policy_version, severity, reason, by_id)
       SELECT clock_id, 2, term, policy_version, NULL, 'A later version', by_id FROM sla_clock_rebase WHERE clock_id = '${id}';
     DO $$ DECLARE name text; BEGIN
       FOR name IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'sla_clock_rebase'::regclass AND NOT tgisinternal LOOP
         EXECUTE format('ALTER TABLE sla_clock_rebase ENABLE ALWAYS TRIGGER %I', name);
       END LOOP;
     END $$`,
  );
  const { rows } = await read('severity,team', '&kind=transfer&severity=important', TODAY);
  expect(rows).toMatchObject([
    { severity: 'important', team: { id: incident.teamId }, clocks: 1, open: { onTrack: 0, atRisk: 1, breached: 0 } },
  ]);
  expect((await read('kind', `&kind=transfer&teamId=${incident.teamId}`, TODAY)).total.clocks).toBe(1);
  expect((await read('kind', '&kind=transfer&severity=general', TODAY)).total.clocks).toBe(0);
});

test('the pauses of breached clocks are told with their reasons', async () => {
  const { total, readAt } = await read('kind');
  const breached = laid.filter((clock) => walk(clock, Date.parse(readAt)).isBreached);
  const count = (reason: string) =>
    breached.filter(({ segments }) => segments.some((segment) => segment.reason === reason)).length;
  expect(laidIds).toHaveLength(laid.length);
  for (const { of, clocks } of total.pauses as { of: string; clocks: number }[]) expect(clocks).toBe(count(of));
  expect(total.pauses).toHaveLength(3);
});
