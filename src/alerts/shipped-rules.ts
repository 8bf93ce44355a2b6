import { recordAudits } from '../audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../audit/entry.ts';
import type { Tx } from '../database/database.ts';
import { newId } from '../kernel/ids.ts';
import { alertLevels } from './alert-levels.store.ts';
import type { AlertCondition, Threshold } from './alert-machine.ts';
import { insertShippedRule } from './alert-rule.store.ts';
import { ALERTMANAGER_SERIES } from './alertmanager.ts';

/** A rule that comes with Muster. It is named after its signal, so that a start makes it once. */
export interface ShippedRule extends AlertCondition {
  readonly name: string;
  readonly signal: string;
}

type Levels = readonly (readonly [level: Threshold['level'], raise: number, clear: number])[];

const rule = (
  direction: ShippedRule['direction'],
  signal: string,
  name: string,
  levels: Levels,
  { minutes = 0, silence }: { readonly minutes?: number; readonly silence?: ShippedRule['noData'] } = {},
): ShippedRule => ({
  name,
  signal,
  direction,
  thresholds: levels.map(([level, raise, clear]) => ({ level, raise, clear })),
  raiseForSeconds: minutes * 60,
  clearForSeconds: minutes * 60,
  noData: silence ?? { afterSeconds: 900, does: 'alert', level: 1 },
});

/** One for every signal of Muster, and one for an Alertmanager; what they are set to is a beginning, and everybody's to change. */
export const SHIPPED_RULES: readonly ShippedRule[] = [
  rule(
    'above',
    'backup.rpo-used',
    'Newest sound recovery point against the RPO',
    [
      [1, 80, 75],
      [3, 100, 95],
    ],
    { minutes: 5, silence: { afterSeconds: 900, does: 'alert', level: 2 } },
  ),
  rule('above', 'backup.unsound-points', 'Recovery points that are missing or not sound', [[2, 1, 1]]),
  rule('above', 'backup.unseen-of-retention', 'Damage can go unseen for longer than the points go back over', [
    [1, 100, 95],
  ]),
  rule('above', 'drill.unproven', 'Services that are not proven to be recoverable', [[2, 1, 1]], { minutes: 60 }),
  rule('above', 'drill.rta-used', 'Technical RTA against the objective', [
    [1, 80, 75],
    [2, 100, 95],
  ]),
  rule('below', 'inventory.reorder-margin', 'Stock at or below the reorder point', [[1, 0, 1]], { minutes: 5 }),
  rule('below', 'pool.reserve-margin', 'Pieces beyond the emergency reserve', [
    [1, 0, 1],
    [3, -1, 0],
  ]),
  rule('above', 'licence.seats-used', 'Seats in use', [
    [1, 90, 85],
    [2, 100, 95],
  ]),
  rule('above', 'allocation.overdue', 'Check-outs that are overdue', [
    [1, 1, 1],
    [2, 7, 7],
  ]),
  rule('below', 'expiring.days-left', 'Rights, warranties, shelf lives and tests that end', [
    [1, 30, 31],
    [2, 7, 8],
  ]),
  rule('below', 'on-call.days-to-gap', 'Gaps of on-call rotas', [
    [1, 3, 4],
    [2, 1, 2],
    [3, 0, 0],
  ]),
  rule('below', 'people.training-days-left', 'Trainings that stop to count', [
    [1, 30, 31],
    [2, 7, 8],
  ]),
  rule('above', 'sla.clock-used', 'Time that SLA clocks have consumed', [
    [1, 50, 50],
    [2, 75, 75],
    [3, 90, 90],
    [4, 100, 100],
  ]),
  rule(
    'below',
    'system.disk-free',
    'Free space where Muster keeps its data',
    [
      [1, 20, 22],
      [3, 10, 12],
      [4, 5, 6],
    ],
    { minutes: 2 },
  ),
  rule(
    'above',
    'system.clock-drift',
    'Clock against that of the database',
    [
      [2, 2, 1],
      [3, 30, 20],
    ],
    { minutes: 2 },
  ),
  rule(
    'above',
    'system.schedule-lag',
    'Schedules that are late',
    [
      [1, 300, 60],
      [3, 3600, 300],
    ],
    { minutes: 1 },
  ),
  rule(
    'above',
    'audit.unsealed-age',
    'Audit entries that wait for their seal',
    [
      [2, 60, 30],
      [3, 600, 60],
    ],
    { minutes: 2 },
  ),
  rule(
    'above',
    `push:${ALERTMANAGER_SERIES}`,
    'Alerts of an Alertmanager',
    [
      [1, 1, 1],
      [2, 2, 2],
      [3, 3, 3],
      [4, 4, 4],
    ],
    { silence: { afterSeconds: 0, does: 'clear', level: null } },
  ),
];

/** Adds the shipped rules that were never there, as far up as there are levels. Replicas may race. */
export async function ensureShippedRules(tx: Tx): Promise<void> {
  const highest = (await alertLevels(tx)).names.length;
  const made = [];
  for (const shipped of SHIPPED_RULES) {
    const id = newId();
    if (await insertShippedRule(tx, id, upTo(highest, shipped))) made.push({ id, name: shipped.name });
  }
  await recordAudits(
    tx,
    made.map(({ id, name }) => ({
      actor: SYSTEM_ACTOR,
      action: 'alert-rule.create',
      subjectKind: 'alert-rule',
      subjectId: id,
      details: { name, shipped: true },
    })),
  );
}

function upTo(highest: number, { thresholds, noData, ...shipped }: ShippedRule): ShippedRule {
  const level = noData.level !== null && noData.level > highest ? (2 as const) : noData.level;
  return { ...shipped, thresholds: thresholds.filter((one) => one.level <= highest), noData: { ...noData, level } };
}
