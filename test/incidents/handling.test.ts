import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { makeCaller } from '../http/support.ts';
import { auditOf } from '../people/cast.ts';
import { attackerOf } from '../support/attack.ts';
import { CONTACT, FACTS, late, MINUTE_MS, PASSED, useIncidents } from './support.ts';

const { clocksAbout, database, eventsAbout, get, go, handled, post, receive, server, teams } = useIncidents();
const attacker = attackerOf(database);

describe('recording', () => {
  test.each([
    ['emergency', ['symptom', 'frequency', 'scope']],
    ['important', ['symptom', 'scope']],
    ['general', ['symptom']],
  ])('of severity %s asks for its facts, and names those that are missing', async (severity, missing) => {
    const { id, version } = (await receive({ severity })).body;
    const answer = await post(`/incidents/${id}/record`, {}, version);
    expect([answer.status, answer.body.code]).toEqual([422, 'facts-missing']);
    expect(answer.body.fields.map(({ field }: { field: string }) => field)).toEqual(missing.map((fact) => `#/${fact}`));
    expect((await get(`/incidents/${id}`)).stage).toBe('receive');
    const known = Object.fromEntries(missing.map((fact) => [fact, FACTS[fact as keyof typeof FACTS]]));
    expect((await go(id, ['facts', known], ['record', {}])).stage).toBe('classify');
  });

  test('of a question asks for nothing, and stops its clock alone', async () => {
    const { id } = (await receive({ kind: 'question', severity: undefined })).body;
    expect((await go(id, ['record', {}])).stages.map(({ stage }) => stage)).toEqual(['receive', 'record', 'classify']);
  });
});

describe('the clocks', () => {
  test('for response, plan and recovery stop at the instant of what proves them', async () => {
    const atMs = Date.now() - 120 * MINUTE_MS;
    const { id, number } = (await receive({ ...FACTS, ...late(atMs) })).body;
    const at = (minutes: number) => late(atMs + minutes * MINUTE_MS);
    const states = async () =>
      Object.fromEntries(
        (await clocksAbout(number)).map(({ kind, state, consumedSeconds }) => [kind, { state, consumedSeconds }]),
      );
    await go(id, ['record', at(5)], ['classify', { severity: 'emergency', reason: 'All', ...at(8) }]);
    await go(
      id,
      ['transfer', { teamId: teams.first.id, reason: 'Theirs', ...at(10) }],
      ['contacts', { ...CONTACT, ...at(12) }],
    );
    expect(await states()).toMatchObject({
      respond: { state: 'stopped', consumedSeconds: 720 },
      record: { state: 'stopped', consumedSeconds: 300 },
      classify: { state: 'stopped', consumedSeconds: 180 },
      transfer: { state: 'stopped', consumedSeconds: 120 },
      plan: { state: 'running' },
    });
    await go(
      id,
      ['verifications', { ...PASSED, result: 'failed', ...at(20) }],
      ['plans', { text: 'Exchange it', ...at(22) }],
    );
    expect(await states()).toMatchObject({
      plan: { state: 'stopped', consumedSeconds: 600 },
      recover: { state: 'running' },
    });
    const restored = await go(id, ['verifications', { ...PASSED, ...at(60) }]);
    expect(restored).toMatchObject({ restoredAt: expect.any(String), resolvedAt: null, stage: 'handle' });
    expect(await states()).toMatchObject({
      recover: { state: 'stopped', consumedSeconds: 3600 },
      resolve: { state: 'running' },
    });
    const resolved = await go(id, ['resolve', { text: 'Exchanged', ...at(70) }]);
    expect(resolved).toMatchObject({ stage: 'feedback', closedAt: null });
    const closed = await go(id, ['close', { ...CONTACT, isSatisfied: true, ...at(100) }]);
    expect(closed).toMatchObject({ stage: 'closed', elapsedSeconds: 6000 });
    expect(closed.stageSeconds).toEqual({
      receive: 300,
      record: 0,
      classify: 180,
      transfer: 120,
      handle: 3600,
      feedback: 1800,
    });
    expect((await clocksAbout(number)).filter(({ state }) => state !== 'stopped')).toEqual([]);
    expect(await eventsAbout(number)).toEqual([
      ...[
        'notification',
        'record',
        'classification',
        'transfer',
        'response',
        'plan',
        'recovery',
        'resolution',
        'feedback',
      ],
    ]);
    const actions = (await auditOf(database.db, 'incident', id)).map(({ action }) => action);
    expect(actions).toEqual(expect.arrayContaining(['incident.contact', 'incident.verification', 'incident.feedback']));
  });

  test('of a question run neither for a plan nor for a recovery, and it is closed without them', async () => {
    const question = await handled({ kind: 'question', severity: 'general' });
    const planned = await post(`/incidents/${question.id}/plans`, { text: 'None' }, question.version);
    expect([planned.status, planned.body.code]).toEqual([422, 'no-recovery-needed']);
    await go(question.id, ['contacts', CONTACT], ['resolve', { text: 'Answered' }], ['close', CONTACT]);
    expect((await clocksAbout(question.number)).map(({ kind, state }) => [kind, state])).toEqual([
      ['respond', 'stopped'],
    ]);
  });
});

describe('an incident', () => {
  test('is resolved once somebody was spoken to, there is a plan, and it runs again', async () => {
    const { id } = await handled();
    const attempt = async () => {
      const { version } = await get(`/incidents/${id}`);
      const answer = await post(`/incidents/${id}/resolve`, { text: 'Done' }, version);
      return [answer.status, answer.body.code];
    };
    expect(await attempt()).toEqual([409, 'no-contact']);
    await go(id, ['contacts', CONTACT]);
    expect(await attempt()).toEqual([409, 'no-plan']);
    await go(id, ['plans', { text: 'Exchange it' }]);
    expect(await attempt()).toEqual([409, 'not-restored']);
    await go(id, ['verifications', PASSED]);
    const early = { text: 'Done', ...late(Date.now() - 30 * MINUTE_MS) };
    const { version } = await get(`/incidents/${id}`);
    expect((await post(`/incidents/${id}/resolve`, early, version)).status).toBe(422);
    expect((await attempt())[0]).toBe(200);
  });

  test('that is a suggestion ends with a decision, and no other does', async () => {
    const suggestion = await handled({ kind: 'suggestion', severity: 'general' });
    const contacted = await go(suggestion.id, ['contacts', CONTACT]);
    const without = await post(`/incidents/${suggestion.id}/resolve`, { text: 'Considered' }, contacted.version);
    expect([without.status, without.body.code]).toEqual([422, 'decision-needed']);
    const decision = { outcome: 'declined', reason: 'It would not pay' };
    expect((await go(suggestion.id, ['resolve', { text: 'Considered', decision }])).stage).toBe('feedback');
    const question = await handled({ kind: 'question', severity: 'general' });
    const asked = await go(question.id, ['contacts', CONTACT]);
    const other = await post(`/incidents/${question.id}/resolve`, { text: 'Yes', decision }, asked.version);
    expect([other.status, other.body.code]).toEqual([422, 'no-decision-here']);
  });

  test('goes from one part of its handling to another, and their times add up', async () => {
    const incident = await handled();
    const through = await go(
      incident.id,
      ...(['implementing', 'verifying', 'analysing', 'planning'] as const).map(
        (subState) => ['sub-state', { subState }] as const,
      ),
    );
    expect(through).toMatchObject({ stage: 'handle', subState: 'planning' });
    const again = await post(`/incidents/${incident.id}/sub-state`, { subState: 'planning' }, through.version);
    expect([again.status, again.body.code]).toEqual([409, 'same-sub-state']);
  });

  test('that is closed takes nothing any more', async () => {
    const { id } = await handled();
    await go(
      id,
      ['contacts', CONTACT],
      ['plans', { text: 'x' }],
      ['verifications', PASSED],
      ['resolve', { text: 'x' }],
    );
    const { version } = await go(id, ['close', CONTACT]);
    const acts: readonly (readonly [string, object])[] = [
      ...([
        ['contacts', CONTACT],
        ['notes', { text: 'Too late' }],
        ['facts', FACTS],
      ] as const),
      ['sub-state', { subState: 'planning' }],
    ];
    for (const [path, body] of acts) {
      const answer = await post(`/incidents/${id}/${path}`, body, version);
      expect([path, answer.status, answer.body.code]).toEqual([path, 409, 'incident-closed']);
    }
    const entry = `INSERT INTO incident_entry (id, incident_id, seq, kind, happened_at, details, by_id)
      VALUES ($1, $2, 1, 'note', now(), '{"text": "x"}', $3)`;
    await attacker.expectRefused(() => [[entry, newId(), id, server.admin.principal.id]], 'incident_entry_of_open');
  });

  test('is told to whoever gets it, and keeps where it was', async () => {
    const incident = await handled();
    const person = await makeCaller(database.db, `person ${newId()}`, ['viewer'], 'person');
    await database.db.execute('INSERT INTO person (id, email) VALUES ($1, $2)', [
      ...[person.principal.id, `${newId()}@example.test`],
    ]);
    const moved = await go(incident.id, [
      ...([
        'transfer',
        { teamId: teams.second.id, personId: person.principal.id, reason: 'It is the network' },
      ] as const),
    ]);
    expect(moved).toMatchObject({
      team: { id: teams.second.id },
      assignee: { id: person.principal.id },
      stage: 'handle',
    });
    const notices = await database.db.rows<{ told: string; urgency: number }>(
      `SELECT recipient_id AS told, urgency FROM notice WHERE subject_id = $1 ORDER BY id`,
      [incident.id],
    );
    expect(notices).toEqual([
      { told: teams.first.id, urgency: 4 },
      { told: person.principal.id, urgency: 4 },
    ]);
    const same = { teamId: teams.second.id, personId: person.principal.id, reason: 'Again' };
    expect((await post(`/incidents/${incident.id}/transfer`, same, moved.version)).body.code).toBe('same-team');
  });

  test('is changed by one at a time: of two who have read the same, one is told to read again', async () => {
    const { id, version } = await handled();
    const states = ['planning', 'implementing', 'verifying'];
    const answers = await Promise.all(
      states.map((subState) => post(`/incidents/${id}/sub-state`, { subState }, version)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
    expect((await get(`/incidents/${id}`)).stages).toHaveLength(6);
  });

  test('keeps the contacts of two who call at once: the first is the response', async () => {
    const { id, number } = await handled();
    const answers = await Promise.all([1, 2].map(() => post(`/incidents/${id}/contacts`, CONTACT)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const events = await eventsAbout(number);
    expect(events.filter((event) => event === 'response')).toHaveLength(1);
  });

  test('names in its plan what there is', async () => {
    const { id, version } = await handled();
    const plan = { text: 'Exchange it', resources: [{ what: 'PSU', partId: newId() }] };
    const answer = await post(`/incidents/${id}/plans`, plan, version);
    expect([answer.status, answer.body.fields]).toMatchObject([422, [{ field: '#/resources/0/partId' }]]);
  });
});
