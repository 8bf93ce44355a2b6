import { beforeAll, describe, expect, test } from 'vitest';
import { attackerOf } from '../support/attack.ts';
import { CONTACT, FACTS, type IncidentBody, useIncidents } from './support.ts';

const { clocksAbout, database, get, go, post, receive, register, server, teams } = useIncidents();
const attacker = attackerOf(database);

describe('the severity', () => {
  let vital = '';
  beforeAll(async () => {
    vital = (await register.make({ criticality: 'emergency' })).id;
  });

  const recorded = async (facts: object = FACTS, wanted: object = {}): Promise<IncidentBody> => {
    const { id } = (await receive({ severity: 'general', serviceId: vital, ...facts, ...wanted })).body;
    return go(id, ['record', {}]);
  };

  test('that the rules propose needs no reason, and another one does', async () => {
    const incident = await recorded();
    expect(await get(`/incidents/${incident.id}/classification-proposal`)).toMatchObject({
      ...{ severity: 'emergency', version: 1 },
      rule: 'A vital service is down for a whole site or everybody',
    });
    const deviating = await post(`/incidents/${incident.id}/classify`, { severity: 'important' }, incident.version);
    expect([deviating.status, deviating.body.code]).toEqual([422, 'deviation-unexplained']);
    expect(await go(incident.id, ['classify', { severity: 'emergency' }])).toMatchObject({
      ...{ severity: 'emergency', stage: 'transfer' },
    });
  });

  test('re-targets the open clocks from their start on, and starts those that only it has', async () => {
    const incident = await recorded();
    const before = await clocksAbout(incident.number);
    expect(before.map(({ kind }) => kind).sort()).toEqual(['recover', 'respond']);
    await go(incident.id, ['classify', { severity: 'emergency' }]);
    const after = await clocksAbout(incident.number);
    expect(after.map(({ kind, severity, state }) => [kind, severity, state]).sort()).toEqual([
      // Its time has passed between the record and this, and is measured by what holds now.
      ['classify', 'emergency', 'stopped'],
      ['recover', 'emergency', 'running'],
      ['resolve', 'emergency', 'running'],
      ['respond', 'emergency', 'running'],
      ['transfer', 'emergency', 'running'],
      ['update', 'emergency', 'running'],
    ]);
    const recover = after.find(({ kind }) => kind === 'recover');
    const startedAt = Date.parse(before[0]?.segments[0]?.from ?? '');
    expect(Date.parse(recover?.dueAt ?? '')).toBe(startedAt + 14_400_000);
    expect(recover).toMatchObject({ promises: [{ severity: 'general' }, { severity: 'emergency' }] });
    await go(incident.id, ['transfer', { teamId: teams.first.id, reason: 'Theirs' }], ['contacts', CONTACT]);
    const plan = (await clocksAbout(incident.number)).find(({ kind }) => kind === 'plan');
    expect(plan).toMatchObject({ severity: 'emergency', term: { amount: 3600 } });
  });

  test('changes again with a reason, keeps what was said, and asks for the facts of the new one', async () => {
    const incident = await recorded({ symptom: 'Slow' });
    const general = await go(incident.id, ['classify', { severity: 'general' }]);
    const raise = (body: object, version: number) => post(`/incidents/${incident.id}/classify`, body, version);
    const why = { severity: 'emergency', reason: 'It has spread' };
    expect((await raise(why, general.version)).body).toMatchObject({
      ...{ code: 'facts-missing', fields: [{ field: '#/frequency' }, { field: '#/scope' }] },
    });
    const known = await go(incident.id, ['facts', FACTS]);
    expect((await raise({ severity: 'emergency' }, known.version)).body.code).toBe('deviation-unexplained');
    const raised = await go(incident.id, ['classify', why]);
    expect(raised).toMatchObject({ severity: 'emergency', stage: 'transfer' });
    expect((await raise(why, raised.version)).body.code).toBe('same-classification');
  });

  test('of a question that turns out to be an incident brings the clocks for plan and recovery', async () => {
    const { id, number } = (await receive({ kind: 'question', severity: undefined, ...FACTS })).body;
    await go(id, ['record', {}], ['contacts', CONTACT]);
    await go(id, ['classify', { kind: 'incident', severity: 'emergency', reason: 'Nothing works' }]);
    const kinds = (await clocksAbout(number)).map(({ kind, state }) => `${kind} ${state}`);
    expect(kinds).toEqual(expect.arrayContaining(['plan running', 'recover running', 'respond stopped']));
    const { version } = await get(`/incidents/${id}`);
    const back = { kind: 'question', severity: 'general', reason: 'After all' };
    expect((await post(`/incidents/${id}/classify`, back, version)).body.code).toBe('recovery-stays');
  });

  test('is proposed by rules that an administrator replaces, version by version', async () => {
    const rules = [{ name: 'Everything', when: {}, severity: 'important' }];
    const { version } = await get('/incident-classification');
    const replaced = await post('/incident-classification/versions', { rules }, version);
    expect([replaced.status, replaced.body]).toMatchObject([201, { version: version + 1, rules }]);
    const stale = await post('/incident-classification/versions', { rules }, version);
    expect([stale.status, stale.body.code]).toEqual([412, 'stale-incident-rules']);
    const incident = await recorded();
    expect((await get(`/incidents/${incident.id}/classification-proposal`)).severity).toBe('important');
    const twice = [...rules, ...rules];
    expect((await post('/incident-classification/versions', { rules: twice }, version + 1)).status).toBe(400);
    expect((await get('/incident-classification/versions')).items).toHaveLength(version + 1);
    await attacker.expectRefused(
      () => [
        [
          `INSERT INTO incident_rule_version (version, rules, note, created_by) VALUES (99, '[]', '', $1)`,
          server.admin.principal.id,
        ],
      ],
      'incident_rule_version_follows',
    );
  });
});
