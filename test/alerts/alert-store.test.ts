import { describe, expect, test } from 'vitest';
import { alertById, changesOf, listAlerts } from '../../src/alerts/alert.queries.ts';
import { alertRoutes } from '../../src/alerts/alert.routes.ts';
import { applyChanges, lockOpenAlerts } from '../../src/alerts/alert.store.ts';
import type { Alert, AlertChange } from '../../src/alerts/alert.ts';
import { Database } from '../../src/database/database.ts';
import { newId } from '../../src/kernel/ids.ts';
import { useApp } from '../http/support.ts';
import { auditOf } from '../people/cast.ts';
import { attackerOf } from '../support/attack.ts';
import { useDatabase } from '../support/database.ts';
import { makeAlert, makeRule, ORIGIN, opening, START } from './support.ts';

const database = useDatabase();
const attacker = attackerOf(database);
const server = useApp(database, () => ({ routes: alertRoutes() }));
const NOWHERE = '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11';

const later = (seconds: number) => START.add({ seconds });

const raising = (alert: Alert): AlertChange => ({
  what: 'raised',
  alert: { ...alert, level: 3, value: 31, levelSince: later(60), version: alert.version + 1 },
  previousLevel: alert.level,
  at: later(60),
  note: '',
});

const apply = (changes: readonly AlertChange[], db = database.db) =>
  db.transaction((tx) => applyChanges(tx, ORIGIN, changes));

describe('alerts', () => {
  test('open, change and are shown with what became of them', async () => {
    const alert = await makeAlert(database.db);
    const [made] = await apply([raising(alert)]);
    expect(made?.alert.level).toBe(3);
    const shown = await server.request('get', `/api/v1/alerts/${alert.id}`);
    expect(shown.body).toMatchObject({ level: 3, state: 'open', openedAt: START.toString(), version: 2 });
    expect(shown.body.changes).toMatchObject([
      { what: 'opened', level: 2, previousLevel: null, value: 25, by: null },
      { what: 'raised', level: 3, previousLevel: 2, value: 31, at: later(60).toString() },
    ]);
    const listed = await server.request('get', `/api/v1/alerts?ruleId=${alert.ruleId}&levelMin=3`);
    expect(listed.body.items.map(({ id }: { id: string }) => id)).toEqual([alert.id]);
    expect((await server.request('get', `/api/v1/alerts?ruleId=${alert.ruleId}&levelMin=4`)).body.items).toEqual([]);
    expect((await server.request('get', `/api/v1/alerts/${NOWHERE}`)).body.code).toBe('no-such-alert');
    expect((await auditOf(database.db, 'alert', alert.id)).map(({ action }) => action)).toEqual([
      'alert.opened',
      'alert.raised',
    ]);
  });

  test('of one key never stand open twice, however many open it at the same time', async () => {
    const rule = await makeRule(database.db);
    const replicas = await Promise.all(
      [1, 2, 3].map(() => Database.connect(database.service, [], { applicationName: 'replica' })),
    );
    try {
      const made = await Promise.all(replicas.map((replica) => apply([opening(rule)], replica)));
      expect(made.map((changes) => changes.length).toSorted()).toEqual([0, 0, 1]);
    } finally {
      await Promise.all(replicas.map((replica) => replica.close()));
    }
    const [open, ...more] = await listAlerts(database.db, { state: 'open', ruleId: rule.id }, { limit: 5 });
    expect(more).toEqual([]);
    expect((await changesOf(database.db, open?.id ?? '', 5)).map(({ what }) => what)).toEqual(['opened']);
  });

  test('take one of two changes that were made from the same version', async () => {
    const alert = await makeAlert(database.db);
    const made = await Promise.all([apply([raising(alert)]), apply([raising(alert)])]);
    expect(made.map((changes) => changes.length).toSorted()).toEqual([0, 1]);
    expect((await alertById(database.db, alert.id)).version).toBe(2);
  });

  test('are locked while they are open only', async () => {
    const alert = await makeAlert(database.db);
    const closed = { ...alert, state: 'closed', closedAt: later(5), version: 2 } as const;
    await apply([{ what: 'closed', alert: closed, previousLevel: 2, at: later(5), note: 'gone' }]);
    expect(await database.db.transaction((tx) => lockOpenAlerts(tx, [alert.id]))).toEqual([]);
    const again = await makeAlert(database.db);
    expect(await database.db.transaction((tx) => lockOpenAlerts(tx, [again.id, alert.id]))).toEqual([again]);
  });
});

describe('whoever writes past the store', () => {
  const refused = (sql: (alert: Alert) => string, constraint: string) =>
    attacker.expectRefused(async () => [[sql(await makeAlert(database.db))]], constraint);

  test('changes no alert without a line in its ledger', async () => {
    await refused(
      ({ id }) => `UPDATE alert SET level = 4, version = version + 1 WHERE id = '${id}'`,
      'alert_change_is_recorded',
    );
    await refused(
      ({ id }) => `UPDATE alert SET suppressed_by = 'silence', version = 7 WHERE id = '${id}'`,
      'alert_change_is_recorded',
    );
  });

  test('neither deletes an alert, nor gives it to another key', async () => {
    await refused(({ id }) => `DELETE FROM alert WHERE id = '${id}'`, 'alert_never_deleted');
    await refused(({ id }) => `UPDATE alert SET key = 'other' WHERE id = '${id}'`, 'alert_stays_of_key');
  });

  test('gives no rule thresholds that contradict each other, or levels that there are not', async () => {
    const rule = (thresholds: object[]) => () =>
      `INSERT INTO alert_rule (id, name, signal, direction, thresholds, raise_for_seconds,
      clear_for_seconds, no_data_after_seconds, no_data_does)
      VALUES ('${newId()}', '${newId()}', 'test.load', 'above', '${JSON.stringify(thresholds)}', 0, 0, 0, 'keep')`;
    const two = [
      { level: 1, raise: 10, clear: 5 },
      { level: 2, raise: 20, clear: 15 },
    ];
    await refused(rule(two.toReversed()), 'alert_rule_thresholds');
    await refused(rule([{ level: 1, raise: 10, clear: 11 }]), 'alert_rule_thresholds');
    await refused(rule([{ level: 1, raise: 10 }]), 'alert_rule_thresholds');
    await refused(rule([{ level: 5, raise: 10, clear: 5 }]), 'alert_rule_of_known_levels');
    await refused(rule([]), 'alert_rule_can_alert');
    await refused(() => `UPDATE alert_levels SET names = '{low,high}'`, 'alert_levels_in_use');
  });
});
