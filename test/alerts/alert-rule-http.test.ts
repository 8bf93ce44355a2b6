import { describe, expect, test } from 'vitest';
import { alertRuleRoutes } from '../../src/alerts/alert-rule.routes.ts';
import { newId } from '../../src/kernel/ids.ts';
import type { Signal } from '../../src/signals/signal.ts';
import { makeCaller, useApp } from '../http/support.ts';
import { auditOf } from '../people/cast.ts';
import { attackerOf } from '../support/attack.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();
const attacker = attackerOf(database);
const load: Signal = { name: 'test.load', title: 'Load', unit: 'percent', read: async () => [] };
const server = useApp(database, () => ({ routes: alertRuleRoutes({ signals: () => [load] }) }));
const RULES = '/api/v1/alert-rules';
const SCALE = '/api/v1/alert-scale';

const thresholds = [
  { level: 1, raise: 80, clear: 75 },
  { level: 3, raise: 90, clear: 85 },
];
const create = (more: object = {}) =>
  server
    .request('post', RULES)
    .send({ name: `rule ${newId()}`, signal: 'test.load', direction: 'above', thresholds, ...more });
const change = (id: string, version: number, body: object) =>
  server.request('patch', `${RULES}/${id}`).set('If-Match', `"${version}"`).send(body);

describe('a rule over a signal', () => {
  test('is added, changed at the version that was read, and retired; the audit trail has it all', async () => {
    const made = await create({ noData: { afterSeconds: 60, does: 'alert', level: 2 } });
    expect(made.body).toMatchObject({ thresholds, raiseForSeconds: 0, enabled: true, shipped: false, version: 1 });
    const { id } = made.body;
    expect((await change(id, 1, { raiseForSeconds: 300 })).body).toMatchObject({ raiseForSeconds: 300, version: 2 });
    expect(await change(id, 1, { enabled: false })).toMatchObject({ status: 412, body: { code: 'stale-alert-rule' } });
    const retired = await server
      .request('post', `${RULES}/${id}/retire`)
      .set('If-Match', '"2"')
      .send({ reason: 'Noise' });
    expect(retired.body.retired).toMatchObject({ reason: 'Noise' });
    expect((await change(id, 3, { enabled: false })).body.code).toBe('alert-rule-retired');
    const audited = await auditOf(database.db, 'alert-rule', id);
    expect(audited.map(({ action }) => action)).toEqual([
      'alert-rule.create',
      'alert-rule.update',
      'alert-rule.retire',
    ]);
  });

  test.each([
    ['level', [{ ...thresholds[1] }, { ...thresholds[0] }], '#/thresholds/1/level'],
    ['clear', [{ level: 1, raise: 80, clear: 81 }], '#/thresholds/0/clear'],
    ['raise', [thresholds[0], { level: 2, raise: 80, clear: 76 }], '#/thresholds/1/raise'],
    ['clear', [thresholds[0], { level: 2, raise: 90, clear: 70 }], '#/thresholds/1/clear'],
    ['none', [], '#/thresholds'],
  ])('with a %s that does not fit is refused, and the field is named', async (_, list, field) => {
    const refused = await create({ thresholds: list });
    expect(refused.body).toMatchObject({ code: 'unsuitable-thresholds', fields: [{ field }] });
  });

  test('over a signal that there is not, or for a service that there is not, is refused', async () => {
    expect((await create({ signal: 'test.other' })).body.code).toBe('unknown-signal');
    expect((await create({ signal: 'push:queue-length' })).status).toBe(201);
    const refused = await create({ overrides: [{ serviceId: newId(), thresholds }] });
    expect(refused.body).toMatchObject({ code: 'unsuitable-service', fields: [{ field: '#/overrides/0/serviceId' }] });
  });

  test('keeps its signal and its direction, whoever writes', async () => {
    await attacker.expectRefused(async () => {
      const { id } = (await create()).body;
      return [
        [
          `UPDATE alert_rule SET direction = 'below', thresholds = '[]', no_data_does = 'alert', no_data_level = 1 WHERE id = $1`,
          id,
        ],
      ];
    }, 'alert_rule_stays_over_signal');
  });

  test('is changed by administrators alone', async () => {
    const operator = await makeCaller(database.db, 'operator', ['operator']);
    const refused = await create().set('Authorization', operator.bearer);
    expect(refused.body).toMatchObject({ code: 'permission-missing' });
  });
});

describe('the levels', () => {
  test('are renamed; one that a rule has cannot go', async () => {
    await create({ thresholds: [{ level: 4, raise: 1, clear: 1 }] });
    const { version } = (await server.request('get', SCALE)).body;
    const put = (names: string[], at: number) =>
      server.request('put', SCALE).set('If-Match', `"${at}"`).send({ names });
    expect((await put(['low', 'high'], version)).body).toMatchObject({ code: 'alert-level-in-use' });
    const renamed = await put(['blue', 'yellow', 'orange', 'red'], version);
    expect(renamed.body).toMatchObject({ names: ['blue', 'yellow', 'orange', 'red'], version: version + 1 });
    expect((await put(['a', 'b', 'c', 'd'], version)).body.code).toBe('stale-alert-levels');
  });

  test('and the signals of Muster can be read', async () => {
    const { body } = await server.request('get', '/api/v1/signals');
    expect(body).toEqual({ items: [{ name: 'test.load', title: 'Load', unit: 'percent' }], next: null });
  });
});
