import { beforeEach, describe, expect, test } from 'vitest';
import { changesOf, listAlerts } from '../../src/alerts/alert.queries.ts';
import type { Alert } from '../../src/alerts/alert.ts';
import { type AlertPass, judgeSignals } from '../../src/alerts/alert-pass.service.ts';
import { Database } from '../../src/database/database.ts';
import { newId } from '../../src/kernel/ids.ts';
import type { Signal, SignalReading } from '../../src/signals/signal.ts';
import { useDatabase } from '../support/database.ts';
import { testLog } from '../support/log.ts';
import { makeRule } from './support.ts';

const database = useDatabase();

// What other tests have left judges nothing any more.
beforeEach(async () => {
  await database.db.execute('UPDATE alert_rule SET enabled = false');
  while ((await pass([])).deferred > 0);
});

const reading = (name: string, value: number | null, more: Partial<SignalReading> = {}): SignalReading => ({
  subject: { kind: 'thing', id: null, name },
  serviceId: null,
  value,
  ...more,
});

/** A signal whose readings a test sets, with a rule over it: level n from 10 n on, left below 10 n - 5. */
async function signalOf() {
  const name = `test.${newId()}`;
  const rule = await makeRule(database.db, name);
  const source = { readings: [] as SignalReading[], read: async () => source.readings };
  const signal: Signal = { name, title: name, unit: 'count', read: () => source.read() };
  return { rule, source, signal };
}

const pass = (signals: readonly Signal[], db = database.db): Promise<AlertPass> =>
  judgeSignals({ db, log: testLog, signals }, new AbortController().signal);

const alertsOf = ({ rule }: { rule: { id: string } }, state: 'open' | 'all' = 'open'): Promise<Alert[]> =>
  listAlerts(database.db, { state, ruleId: rule.id }, { limit: 200 });

const linesOf = async (alert: Alert | undefined) =>
  (await changesOf(database.db, alert?.id ?? '', 100)).map(({ what, level }) => [what, level]);

describe('a pass', () => {
  test('opens, raises, lowers and closes alerts as the values say, each change with a line', async () => {
    const made = await signalOf();
    for (const value of [12, 12, 44, 36, 22, 4]) {
      made.source.readings = [reading('orders', value), reading('calm', 1)];
      await pass([made.signal]);
    }
    const [alert, ...more] = await alertsOf(made, 'all');
    expect(more).toEqual([]);
    expect(alert).toMatchObject({ state: 'closed', key: 'thing/orders', level: 2 });
    expect(await linesOf(alert)).toEqual([
      ['opened', 1],
      ['raised', 4],
      ['lowered', 2],
      ['closed', 2],
    ]);
    const left = await database.db.rows('SELECT FROM alert_key_state WHERE rule_id = $1', [made.rule.id]);
    expect(left).toEqual([]);
  });

  test('notes the value that an alert has now, without a change', async () => {
    const made = await signalOf();
    for (const value of [12, 14]) {
      made.source.readings = [reading('orders', value)];
      await pass([made.signal]);
    }
    expect(await alertsOf(made)).toMatchObject([{ value: 14, version: 1 }]);
  });

  test('closes the alert of a subject that is gone, and those of a rule that is not in use any more', async () => {
    const made = await signalOf();
    made.source.readings = [reading('gone', 30), reading('stays', 30)];
    await pass([made.signal]);
    made.source.readings = [reading('stays', 30)];
    await pass([made.signal]);
    expect(await alertsOf(made)).toMatchObject([{ key: 'thing/stays' }]);
    await database.db.execute('UPDATE alert_rule SET enabled = false WHERE id = $1', [made.rule.id]);
    await pass([made.signal]);
    expect(await alertsOf(made)).toEqual([]);
    const notes = await Promise.all((await alertsOf(made, 'all')).map(({ id }) => changesOf(database.db, id, 1)));
    const said = notes.map(([line]) => line?.note).toSorted();
    expect(said).toEqual(['its rule is not in use any more', 'its subject is gone']);
  });

  test('says by one alert that a signal cannot be read, leaves what it knows as it is, and judges the others', async () => {
    const broken = await signalOf();
    const sound = await signalOf();
    const silence = `UPDATE alert_rule SET no_data_does = 'alert', no_data_level = 2 WHERE id = $1`;
    await database.db.execute(silence, [broken.rule.id]);
    broken.source.readings = [reading('one', 30), reading('two', 1)];
    await pass([broken.signal]);
    broken.source.read = () => Promise.reject(new Error('the table is on fire'));
    sound.source.readings = [reading('other', 11)];
    const report = await pass([broken.signal, sound.signal]);
    expect(report.failed).toBe(1);
    expect(await alertsOf(sound)).toMatchObject([{ level: 1 }]);
    const alerts = (await alertsOf(broken)).toSorted((left, right) => left.key.localeCompare(right.key));
    expect(alerts).toMatchObject([
      { key: `signal/${broken.signal.name}`, level: 2, noData: true, value: null, reason: 'the table is on fire' },
      { key: 'thing/one', level: 3, noData: false, value: 30 },
    ]);
    broken.source.read = async () => broken.source.readings;
    await pass([broken.signal]);
    expect(await alertsOf(broken)).toMatchObject([{ key: 'thing/one' }]);
  });

  test('does not let a rule that cannot be judged keep the others from being judged', async () => {
    const bad = await signalOf();
    const good = await signalOf();
    bad.source.readings = [reading('of no service', 30, { serviceId: newId() })];
    good.source.readings = [reading('orders', 30)];
    expect(await pass([bad.signal, good.signal])).toMatchObject({ failed: 1 });
    expect(await alertsOf(good)).toMatchObject([{ level: 3 }]);
  });

  test('does not judge by readings that are older than those that were judged', async () => {
    const made = await signalOf();
    made.source.readings = [reading('orders', 1)];
    const slow: Signal = {
      ...made.signal,
      read: async () => {
        await pass([made.signal]);
        return [reading('orders', 40)];
      },
    };
    await pass([slow]);
    expect(await alertsOf(made, 'all')).toEqual([]);
  });

  test('reads a signal that is dear to read no more often than it says, and for a new rule at once', async () => {
    const made = await signalOf();
    const dear = { ...made.signal, everySeconds: 600 };
    made.source.readings = [reading('orders', 30)];
    expect(await pass([dear])).toMatchObject({ readings: 1, changes: 1 });
    made.source.readings = [reading('orders', 40)];
    expect(await pass([dear])).toMatchObject({ readings: 0, changes: 0 });
    await makeRule(database.db, dear.name);
    expect(await pass([dear])).toMatchObject({ readings: 1, changes: 2 });
    await database.db.execute(`UPDATE alert_pass SET read_at = read_at - interval '10 minutes'`);
    expect(await pass([dear])).toMatchObject({ readings: 1 });
  });

  test('changes no more than a thousand alerts of a rule, the most urgent first; the next pass goes on', async () => {
    const made = await signalOf();
    made.source.readings = [
      ...Array.from({ length: 1000 }, (_, index) => reading(`minor ${index}`, 10)),
      reading('urgent', 40),
    ];
    expect(await pass([made.signal])).toMatchObject({ changes: 1000, deferred: 1 });
    const urgent = await listAlerts(database.db, { state: 'open', ruleId: made.rule.id, levelMin: 4 }, { limit: 2 });
    expect(urgent).toMatchObject([{ key: 'thing/urgent' }]);
    expect(await pass([made.signal])).toMatchObject({ changes: 1, deferred: 0 });
  });
});

describe('three replicas that judge at the same time', () => {
  test('have one open alert for each key, and a ledger without gaps', async () => {
    const made = await signalOf();
    const keys = Array.from({ length: 40 }, (_, index) => `key ${index}`);
    // Each reading of each replica says something else.
    made.source.read = async () => keys.map((key, index) => reading(key, (Date.now() * (index + 7)) % 50));
    const replicas = await Promise.all(
      [1, 2, 3].map(() => Database.connect(database.service, [], { applicationName: 'replica' })),
    );
    try {
      await Promise.all(
        replicas.map(async (replica) => {
          for (let round = 0; round < 8; round += 1) await pass([made.signal], replica);
        }),
      );
    } finally {
      await Promise.all(replicas.map((replica) => replica.close()));
    }
    made.source.read = async () => keys.map((key) => reading(key, 33));
    await pass([made.signal]);
    const open = await alertsOf(made);
    expect(open.map(({ key }) => key).toSorted()).toEqual(keys.map((key) => `thing/${key}`).toSorted());
    expect(new Set(open.map(({ level }) => level))).toEqual(new Set([3]));
    const [{ broken } = { broken: -1 }] = await database.db.rows<{ broken: number }>(
      `SELECT count(*)::integer AS broken FROM alert a WHERE a.rule_id = $1
         AND (a.version <> (SELECT count(*) FROM alert_change c WHERE c.alert_id = a.id)
           OR a.version <> (SELECT max(seq) FROM alert_change c WHERE c.alert_id = a.id))`,
      [made.rule.id],
    );
    expect(broken).toBe(0);
  });
});
