import { alertById, changesOf, namesAroundAlerts } from '../alerts/alert.queries.ts';
import type { Alert } from '../alerts/alert.ts';
import { SHOWN_CHANGES_MAX, viewOfAlert, viewOfChange } from '../alerts/alert.views.ts';
import { alertLevels } from '../alerts/alert-levels.store.ts';
import { alertRuleById } from '../alerts/alert-rule.queries.ts';
import { conditionFor } from '../alerts/alert-rule.ts';
import { plansOfAlert } from '../alerts/plans/alert-plan.queries.ts';
import { type DutyHolder, roleInWords } from '../alerts/routing/duty-role.ts';
import { dutyRoster } from '../alerts/routing/duty-roster.ts';
import { laddersOf, pastFirings } from '../alerts/routing/escalation.queries.ts';
import { pendingFirings } from '../alerts/routing/ladder.store.ts';
import { openDrills } from '../composition/drill-definitions.ts';
import type { Runtime } from '../composition/runtime.ts';
import type { Queryable } from '../database/database.ts';
import { databaseNowMs } from '../database/now.ts';
import { serviceById } from '../services/service.queries.ts';
import { signals } from '../signals.ts';
import { FIRINGS_MAX } from './alert-list.ts';
import { firingInWords, levelNameOf, thresholdsInWords, valueInWords } from './alert-words.ts';
import { type CommandContext, EXIT } from './command.ts';
import { pairs, table } from './output.ts';
import { withRuntime } from './with-runtime.ts';

/** Shows an alert with its thresholds as they are now, what became of it, who was told and who is next, and its plan. */
export async function showAlert(context: CommandContext, id: string): Promise<number> {
  const shown = await withRuntime(context, { writes: false }, (runtime) => everythingOf(runtime, id));
  context.output.answer(shown, (all) => [
    ...alertLines(all),
    ...table(
      ['at', 'what', 'level', 'value', 'by', 'note'],
      all.alert.changes.map(({ at, what, level, value, by, note }) => [
        ...[at, what, levelNameOf(all.levels, level), value === null ? '' : valueInWords(value, all.unit)],
        ...[by?.name ?? '', note],
      ]),
      'nothing became of it',
    ),
    ...table(
      ['told at', 'level', 'rung', 'who'],
      all.told.map((one) => [
        ...[String(one.doneAt), levelNameOf(all.levels, one.level), String(one.rung), firingInWords(one)],
      ]),
      'nobody has been told',
    ),
    ...all.plans.flatMap(planLines),
  ]);
  return EXIT.ok;
}

type Shown = Awaited<ReturnType<typeof everythingOf>>;

async function everythingOf(runtime: Runtime, id: string) {
  const { db } = runtime;
  const alert = await alertById(db, id);
  const changes = await changesOf(db, id, SHOWN_CHANGES_MAX);
  const service = alert.serviceId === null ? null : await serviceById(db, alert.serviceId);
  const firings = await pastFirings(db, id, { limit: FIRINGS_MAX });
  const known = signals({ runtime, catalogue: await openDrills() });
  return {
    alert: { ...viewOfAlert(alert, await namesAroundAlerts(db, [alert])), changes: changes.map(viewOfChange) },
    service: service && { id: service.id, name: service.name },
    levels: await alertLevels(db),
    unit: known.find(({ name }) => name === alert.signal)?.unit,
    condition: conditionFor(await alertRuleById(db, alert.ruleId), alert.serviceId),
    told: firings.map(({ firing }) => firing),
    next: await nextTold(db, alert),
    plans: await plansOfAlert(db, id),
  };
}

/** The rung that is told next, if nothing happens, and who fills its roles at this moment; null: none is left, or it rests. */
async function nextTold(db: Queryable, { id, serviceId }: Alert) {
  const [ladder] = await laddersOf(db, id);
  if (!ladder?.nextDueAt || ladder.endedAt !== null) return null;
  const [firing] = await pendingFirings(db, [ladder.id]);
  if (!firing) return null;
  const roles = ladder.rungs[firing.rung - 1]?.roles ?? [];
  const roster = dutyRoster(db, await databaseNowMs(db));
  const holders: DutyHolder[] = [];
  for (const role of roles) holders.push(...(await roster(role, serviceId)).holders);
  return { dueAt: ladder.nextDueAt, rung: firing.rung, roles: roles.map(roleInWords), holders };
}

function alertLines({ alert, service, levels, unit, condition, next }: Shown): string[] {
  const nothing = `no data${alert.reason === null ? '' : `: ${alert.reason}`}`;
  const [first = 'none: only no data alerts', ...others] = thresholdsInWords(condition, levels, unit);
  return pairs([
    ['Alert', alert.id],
    ['Rule', alert.rule.name],
    ['What', `${alert.subject.name} (${alert.subject.kind})`],
    ['Key', alert.key],
    ['Service', service?.name],
    ['Level', `${levelNameOf(levels, alert.level)} (${alert.level}), since ${alert.levelSince}`],
    [
      'State',
      alert.acknowledged?.remindAt ? `${alert.state}, told again at ${alert.acknowledged.remindAt}` : alert.state,
    ],
    ['Opened', alert.openedAt],
    ['Closed', alert.closedAt ?? undefined],
    ['Value', `${alert.noData || alert.value === null ? nothing : valueInWords(alert.value, unit)} (${alert.signal})`],
    ['Thresholds', first],
    ...others.map((line) => ['', line] as const),
    ['Told next', alert.state === 'closed' ? undefined : nextInWords(alert, next)],
  ]);
}

function nextInWords({ state, suppressedBy }: Shown['alert'], next: Shown['next']): string {
  if (next === null) {
    const quiet = suppressedBy ?? (state === 'acknowledged' ? 'somebody has taken it on' : 'no rung is left');
    return `nobody: ${quiet}`;
  }
  const names = [...new Set(next.holders.map(({ name }) => name))];
  const now = names.length === 0 ? 'nobody on call now' : `now ${names.join(', ')}`;
  return `rung ${next.rung} at ${next.dueAt}: ${next.roles.join(', ')} (${now})`;
}

function planLines({ edition, recordedAt, readiness }: Shown['plans'][number]): string[] {
  const { plan, ready, summary, reasons } = readiness;
  const verdict = ready ? summary : 'plan not ready';
  return [
    `Plan ${plan.name}, edition ${edition}, as it was at ${recordedAt}: ${verdict}`,
    ...reasons.map((reason) => `  ${reason}`),
  ];
}
