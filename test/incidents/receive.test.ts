import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { auditOf } from '../people/cast.ts';
import { attackerOf } from '../support/attack.ts';
import { type IncidentBody, late, MINUTE_MS, useIncidents } from './support.ts';

const { clocksAbout, database, eventsAbout, get, post, receive, register, server, teams } = useIncidents();
const attacker = attackerOf(database);
const YEAR = new Date().getUTCFullYear();

describe('what is reported', () => {
  test('gets the next number of the year, is in its first stage, and its clocks run from then on', async () => {
    const service = await register.make({ customer: 'Sample Co' });
    const atMs = Date.now() - 10 * MINUTE_MS;
    const answer = await receive({ serviceId: service.id, teamId: teams.first.id, ...late(atMs) });
    expect([answer.status, answer.headers.location, answer.headers.etag]).toEqual([
      ...[201, `/api/v1/incidents/${answer.body.id}`, '"1"'],
    ]);
    expect(answer.body).toMatchObject({
      kind: 'incident',
      stage: 'receive',
      customer: 'Sample Co',
      service: { id: service.id },
      team: { id: teams.first.id },
      missingFacts: ['symptom', 'frequency', 'scope'],
      receivedAt: new Date(atMs).toISOString().replace('.000Z', 'Z'),
      stages: [{ stage: 'receive', enteredAt: new Date(atMs).toISOString(), leftAt: null }],
    });
    expect(answer.body.number).toMatch(new RegExp(`^INC-${YEAR}-\\d{6}$`));
    expect(answer.body.elapsedSeconds).toBeGreaterThanOrEqual(600);
    const next = (await receive()).body.number;
    expect(Number(next.slice(-6))).toBe(Number(answer.body.number.slice(-6)) + 1);
    const clocks = await clocksAbout(answer.body.number);
    expect(clocks.map(({ kind }) => kind).sort()).toEqual(['record', 'recover', 'resolve', 'respond', 'update']);
    for (const clock of clocks) expect(clock.segments[0]?.from).toBe(new Date(atMs).toISOString());
    expect((await auditOf(database.db, 'incident', answer.body.id)).map(({ action }) => action)).toEqual([
      'incident.receive',
    ]);
  });

  test('as a question has no clock for a plan or a recovery, and is general', async () => {
    const answer = await receive({ kind: 'question', severity: undefined });
    expect(answer.body).toMatchObject({ kind: 'question', severity: 'general', missingFacts: [] });
    expect((await clocksAbout(answer.body.number)).map(({ kind }) => kind)).toEqual(['respond']);
  });

  test.each([
    ['an incident without a severity', { severity: undefined }, 400, '#/severity'],
    ['a question that is an emergency', { kind: 'question' }, 400, '#/severity'],
    ['an unknown service', { serviceId: newId() }, 422, '#/serviceId'],
    ['an unknown person', { reporterId: newId() }, 422, '#/reporterId'],
    ['an unknown calendar', { calendarId: newId() }, 422, '#/calendarId'],
    ['an unknown team', { teamId: newId() }, 422, '#/teamId'],
    ['a late entry without a word', { at: '2026-01-01T00:00:00Z' }, 422, '#/at'],
  ])('is refused with %s, and leaves no number unused', async (_, wanted, status, field) => {
    const before = (await receive()).body.number;
    const answer = await receive(wanted);
    expect([answer.status, answer.body.fields?.[0]?.field]).toEqual([status, field]);
    expect(Number((await receive()).body.number.slice(-6))).toBe(Number(before.slice(-6)) + 1);
  });

  test('by a person as the responsible team is refused', async () => {
    const answer = await receive({ teamId: server.admin.principal.id });
    expect([answer.status, answer.body.code]).toEqual([422, 'unsuitable-owner']);
  });

  test('by many at once has as many numbers in a row', async () => {
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(() => receive()));
    const numbers = answers.map(({ body }) => Number(body.number.slice(-6))).sort((left, right) => left - right);
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
  });

  test('is found by its number, its severity, its service and its team', async () => {
    const service = await register.make();
    const { number } = (await receive({ severity: 'important', serviceId: service.id, teamId: teams.second.id })).body;
    for (const filter of [
      `number=${number}`,
      `serviceId=${service.id}&isOpen=true`,
      `teamId=${teams.second.id}&severity=important`.split('&')[0],
      'stage=receive',
      'severity=important&isOpen=true',
    ]) {
      const { items } = await get(`/incidents?limit=200&${filter}`);
      expect(items.map((item: IncidentBody) => item.number)).toContain(number);
    }
    const pair = await server.request('get', `/api/v1/incidents?stage=receive&serviceId=${service.id}`);
    expect([pair.status, pair.body.code]).toEqual([422, 'undeclared-list']);
    expect((await get(`/incidents?serviceId=${service.id}&total=true`)).total).toBe('1');
  });
});

describe('the clocks of an incident', () => {
  test('are refused to whoever goes round it', async () => {
    const { number } = (await receive()).body;
    const [clock] = await clocksAbout(number);
    const event = await post('/sla-case-events', { subject: number, event: 'response' });
    const started = await post('/sla-clocks', { kind: 'recover', severity: 'emergency', subject: number });
    const stopped = await post(`/sla-clocks/${clock?.id}/stop`, {}, clock?.version);
    for (const answer of [event, started, stopped]) {
      expect([answer.status, answer.body.code]).toEqual([409, 'subject-is-incident']);
    }
    expect(await eventsAbout(number)).toEqual(['notification']);
    expect((await clocksAbout(number)).map(({ state }) => state)).toEqual(Array(5).fill('running'));
  });

  test('never mix with those of a plain case: its number is left out', async () => {
    const last = Number((await receive()).body.number.slice(-6));
    const taken = `INC-${YEAR}-${String(last + 1).padStart(6, '0')}`;
    await post('/sla-case-events', { subject: taken, event: 'notification', severity: 'general' });
    expect(Number((await receive()).body.number.slice(-6))).toBe(last + 2);
  });
});

describe('the walls', () => {
  const fresh = async (): Promise<IncidentBody> => (await receive()).body;
  const STAGE = `INSERT INTO incident_stage (incident_id, seq, stage, sub_state, entered_at, by_id)
    VALUES ($1, $2, $3, $4, $5, $6)`;
  const stage = (id: string, seq: number, name: string, at: Date, subState: string | null = null) =>
    [STAGE, id, seq, name, subState, at, server.admin.principal.id] as const;

  test('keep stages in their order and without gaps', async () => {
    const refused = (blow: (incident: IncidentBody) => readonly [string, ...unknown[]]) =>
      attacker.expectRefused(async () => [blow(await fresh())], 'incident_stage_follows');
    await refused(({ id }) => stage(id, 2, 'classify', new Date()));
    await refused(({ id }) => stage(id, 2, 'closed', new Date()));
    await refused(({ id }) => stage(id, 3, 'record', new Date()));
    await refused(({ id }) => stage(id, 2, 'record', new Date(Date.now() - MINUTE_MS)));
  });

  test('let nobody record an emergency of which not all is known', async () => {
    await attacker.expectRefused(async () => {
      const { id } = await fresh();
      return [stage(id, 2, 'record', new Date()), stage(id, 3, 'classify', new Date())];
    }, 'incident_facts_needed');
  });

  test('keep an incident in the stage that its history says, and as it was received', async () => {
    const set = (sql: string, constraint: string) =>
      attacker.expectRefused(
        async () => [[`UPDATE incident SET ${sql} WHERE id = $1`, (await fresh()).id]],
        constraint,
      );
    await set(`stage = 'record'`, 'incident_stage_is_last');
    await set(`received_at = received_at - interval '1 hour'`, 'incident_stays');
    await set(`number = 'INC-2020-000001'`, 'incident_stays');
    await attacker.expectRefused(
      async () => [['DELETE FROM incident WHERE id = $1', (await fresh()).id]],
      'incident_stays',
    );
    await attacker.expectRefused(() => [['TRUNCATE incident CASCADE']], { code: '42501' }, ['service']);
  });

  test('draw the number whatever the writer says, and begin with the receipt', async () => {
    const insert = `INSERT INTO incident (id, number, kind, severity, title, description, reporter_contact, customer, stage,
      received_at, created_by) VALUES ($1, 'INC-1999-000001', 'incident', 'general', 't', '', 'r', '', $2, now(), $3)`;
    const id = newId();
    expect(await attacker.strike('service', [[insert, id, 'receive', server.admin.principal.id]])).toBeUndefined();
    expect((await get(`/incidents/${id}`)).number).toMatch(new RegExp(`^INC-${YEAR}-`));
    await attacker.expectRefused(() => [[insert, newId(), 'record', server.admin.principal.id]], 'incident_begins');
  });
});
