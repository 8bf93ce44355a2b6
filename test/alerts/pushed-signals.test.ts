import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listAlerts } from '../../src/alerts/alert.queries.ts';
import type { Alert } from '../../src/alerts/alert.ts';
import { judgeSignals } from '../../src/alerts/alert-pass.service.ts';
import { alertRuleRoutes } from '../../src/alerts/alert-rule.routes.ts';
import { levelOf } from '../../src/alerts/alertmanager.ts';
import { pushedSignalRoutes } from '../../src/alerts/pushed.routes.ts';
import { purgeStoppedSeries } from '../../src/alerts/pushed.store.ts';
import { ensureShippedRules } from '../../src/alerts/shipped-rules.ts';
import { newId } from '../../src/kernel/ids.ts';
import { ServiceEntity } from '../../src/services/service.entity.ts';
import { type Caller, makeCaller, useApp } from '../http/support.ts';
import { registerOf } from '../services/register.ts';
import { useDatabase } from '../support/database.ts';
import { testLog } from '../support/log.ts';

const database = useDatabase([ServiceEntity]);
const register = registerOf(database);
const server = useApp(database, () => ({
  routes: [...pushedSignalRoutes(), ...alertRuleRoutes({ signals: () => [] })],
}));
const API = '/api/v1';

let reporter: Caller;
beforeAll(async () => {
  reporter = await makeCaller(database.db, 'monitoring', ['reporter']);
});
beforeEach(async () => {
  await database.db.execute('UPDATE alert_rule SET enabled = false');
});

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const push = (...readings: object[]) =>
  server.request('post', `${API}/signals`).set('Authorization', reporter.bearer).send({ readings });
const outcomesOf = async (...readings: object[]) => (await push(...readings)).body.outcomes;

/** A rule over pushed series: level 2 from 10 on, no data raises level 1 at once. */
async function ruleOver(name: string): Promise<{ id: string }> {
  const rule = await server.request('post', `${API}/alert-rules`).send({
    ...{ name: `rule ${newId()}`, signal: `push:${name}`, direction: 'above' },
    thresholds: [{ level: 2, raise: 10, clear: 8 }],
    noData: { afterSeconds: 0, does: 'alert', level: 1 },
  });
  return rule.body;
}

async function alertsOf(rule: { id: string }): Promise<Alert[]> {
  await judgeSignals({ db: database.db, log: testLog, signals: [] }, new AbortController().signal);
  return listAlerts(database.db, { state: 'open', ruleId: rule.id }, { limit: 50 });
}

describe('readings that are pushed', () => {
  test('are judged by the rules over their name, each series for itself, with its service', async () => {
    const name = `queue-${newId()}`;
    const rule = await ruleOver(name);
    const { id: serviceId } = await register.make();
    const taken = await outcomesOf(
      { name, labels: { queue: 'a' }, value: 12, serviceId },
      { name, labels: { queue: 'b' }, value: 3 },
    );
    expect(taken).toEqual(['taken', 'taken']);
    expect(await alertsOf(rule)).toMatchObject([
      { level: 2, value: 12, serviceId, subject: { name: `${name}{queue="a"}` } },
    ]);
    await push({ name, labels: { queue: 'a' }, value: 1, serviceId });
    expect(await alertsOf(rule)).toEqual([]);
  });

  test('of an older moment never take the place of a newer one, and the same again changes nothing', async () => {
    const name = `order-${newId()}`;
    const rule = await ruleOver(name);
    const newest = { name, value: 20, at: ago(10) };
    expect(await outcomesOf({ name, value: 1, at: ago(30) }, newest, { name, value: 2, at: ago(20) })).toEqual([
      'older',
      'taken',
      'older',
    ]);
    expect(await outcomesOf({ name, value: 3, at: ago(20) })).toEqual(['older']);
    expect(await outcomesOf(newest)).toEqual(['taken']);
    expect(await alertsOf(rule)).toMatchObject([{ value: 20 }]);
  });

  test('of a moment that lies ahead are not taken, and the others are', async () => {
    const name = `ahead-${newId()}`;
    expect(await outcomesOf({ name, value: 1, at: ago(-600) }, { name, value: 2 })).toEqual(['future', 'taken']);
  });

  test('that stop are no data, until the next one comes', async () => {
    const name = `stops-${newId()}`;
    const rule = await ruleOver(name);
    await push({ name, value: 1, at: ago(400), validSeconds: 300 });
    const [alert] = await alertsOf(rule);
    expect(alert).toMatchObject({ level: 1, noData: true, value: null });
    expect(alert?.reason).toMatch(/^nothing came since /);
    await push({ name, value: 1 });
    expect(await alertsOf(rule)).toEqual([]);
  });

  test('are forgotten a month after they stopped, and their alert is closed', async () => {
    const name = `forgotten-${newId()}`;
    const rule = await ruleOver(name);
    await push({ name, value: 1, at: ago(40 * 86_400) });
    expect(await alertsOf(rule)).toHaveLength(1);
    expect(await purgeStoppedSeries(database.db)).toBeGreaterThan(0);
    expect(await alertsOf(rule)).toEqual([]);
  });

  test('for a service that there is not are refused as a whole, and the reading is named', async () => {
    const name = `nowhere-${newId()}`;
    const refused = await push({ name, value: 1 }, { name, labels: { a: '1' }, value: 1, serviceId: newId() });
    expect(refused.body).toMatchObject({ code: 'unsuitable-service', fields: [{ field: '#/readings/1/serviceId' }] });
    expect(await outcomesOf({ name, value: 1, at: ago(5) })).toEqual(['taken']);
  });

  test('are all that a reporter may send', async () => {
    const rules = await server.request('get', `${API}/alert-rules`).set('Authorization', reporter.bearer);
    expect(rules.body.code).toBe('permission-missing');
  });
});

describe('an Alertmanager', () => {
  const fingerprint = () => newId().replaceAll('-', '').slice(-16);
  const send = (alerts: object[], query = '') =>
    server
      .request('post', `${API}/alertmanager${query}`)
      .set('Authorization', reporter.bearer)
      .send({
        ...{
          version: '4',
          groupKey: '{}:{}',
          status: 'firing',
          receiver: 'muster',
          externalURL: 'http://am.example.test',
        },
        ...{ groupLabels: {}, commonLabels: {}, commonAnnotations: {}, truncatedAlerts: 0, alerts },
      });
  const fired = (id: string, more: object = {}) => ({
    status: 'firing',
    labels: { alertname: 'DiskFull', severity: 'critical' },
    annotations: { summary: 'The disk\nof db-1 is full' },
    startsAt: ago(60),
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://prometheus.example.test',
    fingerprint: id,
    ...more,
  });
  let rule: { id: string };

  beforeEach(async () => {
    await database.db.transaction(ensureShippedRules);
    const [made] = await database.db.rows<{ id: string }>(
      `UPDATE alert_rule SET enabled = true WHERE shipped_as = 'push:alertmanager' RETURNING id`,
    );
    rule = made ?? { id: '' };
    await database.db.execute('DELETE FROM signal_series');
  });

  test('opens one alert for each that fires, at the level and for the service of its labels, and closes what is resolved', async () => {
    const { id: serviceId, name } = await register.make();
    const [one, two] = [fingerprint(), fingerprint()];
    const labels = { alertname: 'Slow', severity: 'warning', service: name.toUpperCase() };
    expect((await send([fired(one), fired(two, { labels })])).body.outcomes).toEqual(['taken', 'taken']);
    const alerts = (await alertsOf(rule)).toSorted((left, right) => right.level - left.level);
    expect(alerts).toMatchObject([
      { level: 4, serviceId: null, subject: { name: 'DiskFull: The disk of db-1 is full' } },
      { level: 2, serviceId, subject: { name: 'Slow: The disk of db-1 is full' } },
    ]);
    await send([fired(one, { status: 'resolved', endsAt: ago(5) })]);
    expect(await alertsOf(rule)).toMatchObject([{ level: 2 }]);
  });

  test('may send the same again, and late: what was resolved since stays so', async () => {
    const id = fingerprint();
    const late = fired(id);
    await send([late]);
    await send([late]);
    expect(await alertsOf(rule)).toHaveLength(1);
    await send([fired(id, { status: 'resolved', endsAt: ago(5) })]);
    expect((await send([late])).body.outcomes).toEqual(['older']);
    expect(await alertsOf(rule)).toEqual([]);
    await send([fired(id, { startsAt: ago(1) })]);
    expect(await alertsOf(rule)).toHaveLength(1);
  });

  test('can be told by the address which labels to look at, whatever they hold', async () => {
    await send(
      [fired(fingerprint(), { labels: { urgency: 'near critical' } })],
      '?levelLabel=urgency&serviceLabel=constructor',
    );
    expect(await alertsOf(rule)).toMatchObject([{ level: 3, serviceId: null }]);
  });

  test.each([
    ['Warning', 2],
    ['3', 3],
    ['page', 4],
    ['critical', 4],
    ['unheard of', 2],
    ['constructor', 2],
    [undefined, 2],
  ])('that says %s means level %i', (text, level) => {
    expect(levelOf(text, ['notice', 'warning', 'near critical', 'critical'])).toBe(level);
  });

  test('means the highest level that there is where there are fewer', () => {
    expect([levelOf('critical', ['low', 'high']), levelOf('4', ['low', 'high'])]).toEqual([2, 2]);
  });
});
