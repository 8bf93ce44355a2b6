import { beforeAll, describe, expect, test } from 'vitest';
import { listAlerts } from '../../src/alerts/alert.queries.ts';
import { alertRoutes } from '../../src/alerts/alert.routes.ts';
import type { Alert } from '../../src/alerts/alert.ts';
import { judgeSignals } from '../../src/alerts/alert-pass.service.ts';
import { suppressionRoutes } from '../../src/alerts/suppression.routes.ts';
import { newId } from '../../src/kernel/ids.ts';
import { ServiceEntity } from '../../src/services/service.entity.ts';
import type { Signal } from '../../src/signals/signal.ts';
import { type Caller, makeCaller, useApp } from '../http/support.ts';
import { registerOf } from '../services/register.ts';
import { attackerOf } from '../support/attack.ts';
import { useDatabase } from '../support/database.ts';
import { testLog } from '../support/log.ts';
import { makeRule } from './support.ts';

const database = useDatabase([ServiceEntity]);
const attacker = attackerOf(database);
const server = useApp(database, () => ({ routes: [...alertRoutes(), ...suppressionRoutes()] }));
const register = registerOf(database);
const API = '/api/v1';

let technician: Caller;
beforeAll(async () => {
  technician = await makeCaller(database.db, 'Duty technician', ['operator'], 'person');
});

/** An open alert of level 2 over a signal whose value a test sets; a pass judges it anew. */
async function alerting(serviceId: string | null = null) {
  const name = `test.${newId()}`;
  const rule = await makeRule(database.db, name);
  const state = { value: 25 };
  const read = async () => [{ subject: { kind: 'thing', id: null, name: 'orders' }, serviceId, value: state.value }];
  const signal: Signal = { name, title: name, unit: 'count', read };
  const judge = async (value: number): Promise<Alert[]> => {
    state.value = value;
    await judgeSignals({ db: database.db, log: testLog, signals: [signal] }, new AbortController().signal);
    return listAlerts(database.db, { state: 'open', ruleId: rule.id }, { limit: 5 });
  };
  const [alert] = await judge(25);
  return { rule, judge, alert: alert as Alert };
}

const act = (id: string, verb: 'acknowledge' | 'close', version: number, body: object = {}) =>
  server
    .request('post', `${API}/alerts/${id}/${verb}`)
    .set({ 'If-Match': `"${version}"`, Authorization: technician.bearer })
    .send(body);
const linesOf = async (id: string) => {
  const { body } = await server.request('get', `${API}/alerts/${id}`);
  return body.changes.map(({ what, by, note }: { what: string; by: object | null; note: string }) => [
    what,
    by !== null,
    note,
  ]);
};
const silence = (body: object) => server.request('post', `${API}/alert-silences`).send({ reason: 'Known', ...body });
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
const end = (id: string) => server.request('post', `${API}/alert-suppressions/${id}/end`);

describe('an alert that somebody acknowledges', () => {
  test('stays open, and says who has taken it on', async () => {
    const { alert, judge } = await alerting();
    const taken = await act(alert.id, 'acknowledge', 1, { note: 'On my way' });
    expect(taken.body).toMatchObject({
      state: 'acknowledged',
      acknowledged: { byId: technician.principal.id },
      version: 2,
    });
    expect(await judge(21)).toMatchObject([{ state: 'acknowledged' }]);
    expect(await linesOf(alert.id)).toEqual([
      ['opened', false, ''],
      ['acknowledged', true, 'On my way'],
    ]);
  });

  test('is open again once it is raised, for that is another alert to take on', async () => {
    const { alert, judge } = await alerting();
    await act(alert.id, 'acknowledge', 1);
    expect(await judge(31)).toMatchObject([{ state: 'open', level: 3, acknowledged: null }]);
    expect((await act(alert.id, 'acknowledge', 2)).body).toMatchObject({ code: 'stale-alert' });
  });

  test('is open again at the reminder, once', async () => {
    const { alert, judge } = await alerting();
    await act(alert.id, 'acknowledge', 1, { remindAfterSeconds: 60 });
    // Nothing can wait for it: it was acknowledged an hour ago.
    await database.db.execute(
      `UPDATE alert SET acknowledged_at = acknowledged_at - interval '1 hour', remind_at = remind_at - interval '1 hour'
       WHERE id = $1`,
      [alert.id],
    );
    expect(await judge(25)).toMatchObject([{ state: 'open', acknowledged: null, version: 3 }]);
    expect(await judge(25)).toMatchObject([{ version: 3 }]);
    expect((await linesOf(alert.id)).at(-1)?.[0]).toBe('reminded');
  });
});

describe('an alert that somebody closes', () => {
  test('opens anew when what it says still holds, and not otherwise', async () => {
    const { alert, judge } = await alerting();
    expect((await act(alert.id, 'close', 1)).status).toBe(400);
    const closed = await act(alert.id, 'close', 1, { reason: 'Replaced' });
    expect(closed.body).toMatchObject({ state: 'closed', version: 2 });
    expect((await act(alert.id, 'close', 2, { reason: 'Again' })).body.code).toBe('alert-closed');
    // In the dead band: it was forgotten that the level was reached.
    expect(await judge(8)).toEqual([]);
    const [again] = await judge(25);
    expect(again).toMatchObject({ level: 2, version: 1 });
    expect(again?.id).not.toBe(alert.id);
  });
});

describe('a silence', () => {
  test('marks what matches as suppressed until it ends, and lets it open, rise and close meanwhile', async () => {
    const { rule, alert, judge } = await alerting();
    const made = await silence({ ruleId: rule.id, key: alert.key, endsAt: inHours(2) });
    expect(made).toMatchObject({ status: 201, body: { kind: 'silence', key: alert.key, serviceId: null } });
    expect(await judge(25)).toMatchObject([{ suppressedBy: 'silence', level: 2 }]);
    expect(await judge(35)).toMatchObject([{ suppressedBy: 'silence', level: 3 }]);
    expect((await end(made.body.id)).body.ended).not.toBeNull();
    expect((await end(made.body.id)).body.code).toBe('suppression-over');
    expect(await judge(35)).toMatchObject([{ suppressedBy: null }]);
    const changes = (await linesOf(alert.id)).map(([what]: string[]) => what);
    expect(changes).toEqual(['opened', 'suppressed', 'raised', 'unsuppressed']);
  });

  test('of something else, or of another time, suppresses nothing', async () => {
    const { rule, alert, judge } = await alerting();
    const other = await alerting();
    await silence({ ruleId: other.rule.id, key: alert.key, endsAt: inHours(2) });
    await silence({ ruleId: rule.id, startsAt: inHours(1), endsAt: inHours(2) });
    expect(await judge(25)).toMatchObject([{ suppressedBy: null }]);
  });

  test('says what it silences, and ends within 90 days', async () => {
    expect((await silence({ endsAt: inHours(2) })).body).toMatchObject({ fields: [{ field: '#/ruleId' }] });
    const problem = async (body: object) => (await silence({ key: 'thing/orders', ...body })).body.fields;
    expect(await problem({ endsAt: inHours(-1) })).toMatchObject([{ field: '#/endsAt' }]);
    expect(await problem({ endsAt: inHours(91 * 24) })).toMatchObject([{ field: '#/endsAt' }]);
    expect(await problem({ endsAt: inHours(1), serviceId: newId() })).toMatchObject([{ field: '#/serviceId' }]);
    expect(await problem({})).toMatchObject([{ field: '#/endsAt' }]);
  });

  test('is not made longer, or begun anew, by whoever writes past the service', async () => {
    const blow = (sql: string) => async () => {
      const { id } = (await silence({ key: 'thing/elsewhere', endsAt: inHours(1) })).body;
      return [[`${sql} WHERE id = $1`, id]] as const;
    };
    await attacker.expectRefused(
      blow(`UPDATE alert_suppression SET ends_at = ends_at + interval '1 day'`),
      'alert_suppression_kept',
    );
    await attacker.expectRefused(blow('DELETE FROM alert_suppression'), 'alert_suppression_kept');
  });
});

describe('a maintenance window', () => {
  test('suppresses what concerns its service, new alerts too, and nothing else', async () => {
    const { id: serviceId } = await register.make();
    const request = { serviceId, reason: 'New disks', endsAt: inHours(4) };
    const made = await server.request('post', `${API}/alert-maintenance`).send(request);
    expect(made.body).toMatchObject({ kind: 'maintenance', serviceId });
    expect((await alerting(serviceId)).alert).toMatchObject({ suppressedBy: 'maintenance', version: 1 });
    expect((await alerting()).alert).toMatchObject({ suppressedBy: null });
    const listed = await server.request('get', `${API}/alert-suppressions`);
    expect(listed.body.items.map(({ id }: { id: string }) => id)).toContain(made.body.id);
  });

  test('is planned by administrators alone', async () => {
    const body = { serviceId: newId(), reason: 'New disks', endsAt: inHours(4) };
    const refused = await server
      .request('post', `${API}/alert-maintenance`)
      .set('Authorization', technician.bearer)
      .send(body);
    expect(refused.body.code).toBe('permission-missing');
  });
});
