import { beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { counterOf } from '../allocations/support.ts';
import { attackerOf } from '../support/attack.ts';
import { CONTACT, type IncidentBody, PASSED, useIncidents } from './support.ts';

const { database, get, go, handled, post, receive, server, teams } = useIncidents();
const attacker = attackerOf(database);
const counter = counterOf(database);
let [partId, site] = ['', ''];

beforeAll(async () => {
  site = await counter.site();
  partId = await counter.part({ emergency_reserve: 100 });
});

/** Takes the only free unit, which is kept for emergencies. */
async function take(subject: string) {
  await counter.unit(partId, site);
  const emergency = {
    purpose: 'incident',
    severity: 'emergency',
    reserve: { reason: 'all is down', case: subject },
  } as const;
  const taken = counter.checkout([{ partId, quantity: 1 }], emergency);
  return taken.then(
    ({ allocation }) => allocation,
    (error: { code: string; fields: readonly { field: string }[] }) => ({ code: error.code, fields: error.fields }),
  );
}

const REFUSED = { code: 'no-open-emergency', fields: [{ field: '#/reserve/case' }] };

describe('the emergency reserve is for an open emergency that is named', () => {
  test('an incident, until it runs again', async () => {
    const { id, number } = await handled();
    expect(await take(number)).toMatchObject({ emergencyCase: number });
    await go(id, ['verifications', PASSED]);
    expect(await take(number)).toMatchObject(REFUSED);
    const { items } = await get(`/incidents/${id}/timeline?kind=from-reserve`);
    expect(items).toMatchObject([{ details: { form: 'checkout', reason: 'all is down' } }]);
  });

  test('neither one of another severity, nor one that has lost it, nor one that is not there', async () => {
    const { number } = (await receive({ severity: 'important' })).body;
    expect(await take(number)).toMatchObject(REFUSED);
    const lowered = await handled();
    await go(lowered.id, ['classify', { severity: 'important', reason: 'Half of it works' }]);
    expect(await take(lowered.number)).toMatchObject(REFUSED);
    expect(await take('INC-1999-000001')).toMatchObject(REFUSED);
  });

  test('or a case without an incident, whose clocks run', async () => {
    const subject = `The ticket ${newId()}`;
    await post('/sla-case-events', { subject, event: 'notification', severity: 'emergency' });
    expect(await take(subject)).toMatchObject({ emergencyCase: subject });
    await post('/sla-case-events', { subject, event: 'recovery' });
    expect(await take(subject)).toMatchObject(REFUSED);
  });

  test('and the wall says the same', async () => {
    const { number } = (await receive({ severity: 'important' })).body;
    const insert = `INSERT INTO allocation (id, form, purpose, severity, holder_kind, holder_id, reserve_reason, emergency_case)
      VALUES ($1, 'hold', 'incident', 'emergency', 'team', $2, 'all is down', $3)`;
    for (const subject of [number, 'nothing', null]) {
      await attacker.expectRefused(() => [[insert, newId(), teams.first.id, subject]], 'allocation_names_emergency');
    }
  });
});

describe('who is sent to the place', () => {
  const sent = (incident: IncidentBody, allocationId: string) =>
    post(`/incidents/${incident.id}/dispatches`, { allocationId, destination: 'Hall 2', who: 'Lin Wei' });

  test('takes along what was allocated for an incident, once', async () => {
    const incident = await handled();
    const part = await counter.part();
    await counter.units(part, site, 2);
    const lines = [{ partId: part, quantity: 1 }];
    const { allocation } = await counter.checkout(lines, { purpose: 'incident', severity: 'important' });
    expect((await sent(incident, allocation.id)).status).toBe(200);
    const { items } = await get(`/incidents/${incident.id}/timeline?kind=dispatch`);
    expect(items).toMatchObject([{ details: { allocation: allocation.code, who: 'Lin Wei', destination: 'Hall 2' } }]);
    const again = await sent(await handled(), allocation.id);
    expect([again.status, again.body.code]).toEqual([409, 'allocation-dispatched']);
    const loan = (await counter.checkout(lines)).allocation;
    for (const id of [loan.id, newId()]) {
      const answer = await sent(incident, id);
      expect([answer.status, answer.body.code]).toEqual([422, 'unsuitable-allocation']);
    }
    const entry = `INSERT INTO incident_entry (id, incident_id, seq, kind, happened_at, details, allocation_id, by_id)
      VALUES ($1, $2, 1, 'dispatch', now(), '{}', $3, $4)`;
    await attacker.expectRefused(
      () => [[entry, newId(), incident.id, loan.id, server.admin.principal.id]],
      'incident_entry_dispatch',
    );
  });
});

describe('a recovery for an incident', () => {
  const RUN = `INSERT INTO drill_run (id, drill, service, trigger, mode, requested_by_id, requested_by_name, status, recovery_case)
    VALUES ($1, $2, 'orders', 'manual', 'recovery', $3, 'somebody', 'queued', $4)`;

  test('stands in its timeline, and is not begun once it is over', async () => {
    const { id, number } = await handled();
    const run = (subject: string) => [RUN, newId(), `drill-${newId()}`, server.admin.principal.id, subject] as const;
    expect(await attacker.strike('service', [run(number)])).toBeUndefined();
    const { items } = await get(`/incidents/${id}/timeline?kind=recovery-requested`);
    expect(items).toMatchObject([{ by: 'somebody', details: { drill: expect.stringContaining('drill-') } }]);
    await go(
      id,
      ['contacts', CONTACT],
      ['plans', { text: 'x' }],
      ['verifications', PASSED],
      ['resolve', { text: 'x' }],
    );
    await attacker.expectRefused(() => [run(number)], 'drill_run_of_incident');
  });
});
