import { Temporal } from 'temporal-polyfill';
import { alertById } from '../../src/alerts/alert.queries.ts';
import { applyChanges } from '../../src/alerts/alert.store.ts';
import type { Alert, AlertChange } from '../../src/alerts/alert.ts';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import type { Database } from '../../src/database/database.ts';
import { newId } from '../../src/kernel/ids.ts';

export const ORIGIN = { actor: SYSTEM_ACTOR };

/** Instants of tests count in milliseconds from here. */
export const START = Temporal.Instant.from('2026-11-22T02:00:00Z');

/** A rule of four levels with a dead band, over a signal that nobody reads. */
export async function makeRule(db: Database, signal = 'test.load'): Promise<{ id: string; name: string }> {
  const id = newId();
  const thresholds = [1, 2, 3, 4].map((level) => ({ level, raise: level * 10, clear: level * 10 - 5 }));
  await db.execute(
    `INSERT INTO alert_rule (id, name, signal, direction, thresholds, raise_for_seconds, clear_for_seconds,
       no_data_after_seconds, no_data_does) VALUES ($1, $2, $3, 'above', $4, 0, 0, 0, 'keep')`,
    [id, `rule ${id}`, signal, JSON.stringify(thresholds)],
  );
  return { id, name: `rule ${id}` };
}

/** The change that opens an alert of level 2 for a key of a rule. */
export function opening(rule: { id: string; name: string }, name = 'orders'): AlertChange {
  const alert: Alert = {
    id: newId(),
    ruleId: rule.id,
    ruleName: rule.name,
    key: `thing/${name}`,
    signal: 'test.load',
    subject: { kind: 'thing', id: null, name },
    serviceId: null,
    level: 2,
    state: 'open',
    noData: false,
    value: 25,
    reason: null,
    suppressedBy: null,
    openedAt: START,
    levelSince: START,
    acknowledged: null,
    closedAt: null,
    version: 1,
  };
  return { what: 'opened', alert, previousLevel: null, at: START, note: '' };
}

/** An open alert of level 2. */
export async function makeAlert(db: Database): Promise<Alert> {
  const change = opening(await makeRule(db));
  await db.transaction((tx) => applyChanges(tx, ORIGIN, [change]));
  return alertById(db, change.alert.id);
}
