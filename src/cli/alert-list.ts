import { listAlerts, namesAroundAlerts } from '../alerts/alert.queries.ts';
import { ALERT_LEVELS, type Alert } from '../alerts/alert.ts';
import { viewOfAlert } from '../alerts/alert.views.ts';
import { alertLevels } from '../alerts/alert-levels.store.ts';
import { pastFirings } from '../alerts/routing/escalation.queries.ts';
import type { Queryable } from '../database/database.ts';
import { levelNameOf, toldInWords } from './alert-words.ts';
import { type CommandContext, EXIT } from './command.ts';
import { serviceNamed } from './named.ts';
import { table } from './output.ts';
import { withRuntime } from './with-runtime.ts';

/** As commander hands them over. */
export interface AlertListOptions {
  readonly all?: boolean;
  readonly service?: string;
  readonly limit: number;
}

/** Firings of one alert that are looked at; the API pages through all of them. */
export const FIRINGS_MAX = 200;

/** Lists open alerts, the most urgent first; when all are wanted, closed ones behind them, newest first. */
export async function listAlertsHere(
  context: CommandContext,
  { all = false, service, limit }: AlertListOptions,
): Promise<number> {
  const shown = await withRuntime(context, { writes: false }, async ({ db }) => {
    const serviceId = service === undefined ? undefined : (await serviceNamed(db, service)).id;
    const open = await mostUrgent(db, serviceId, limit);
    const room = all ? limit - open.length : 0;
    const closed = room > 0 ? await listAlerts(db, { state: 'closed', serviceId }, { limit: room }) : [];
    return withNames(db, [...open, ...closed]);
  });
  context.output.answer(shown, (alerts) =>
    table(
      ['id', 'level', 'state', 'since', 'service', 'what', 'told'],
      alerts.map((one) => [
        ...[one.id, one.levelName, one.suppressedBy === null ? one.state : `${one.state}, ${one.suppressedBy}`],
        ...[one.levelSince, one.service?.name ?? '', `${one.rule.name}: ${one.subject.name}`, one.told],
      ]),
      all ? 'no alert' : 'no open alert',
    ),
  );
  return EXIT.ok;
}

/** Open alerts from the highest level down, within a level the newest first. */
async function mostUrgent(db: Queryable, serviceId: string | undefined, limit: number): Promise<Alert[]> {
  const found: Alert[] = [];
  for (const level of ALERT_LEVELS.toReversed()) {
    if (found.length >= limit) break;
    found.push(...(await listAlerts(db, { state: 'open', level, serviceId }, { limit })));
  }
  return found.slice(0, limit);
}

async function withNames(db: Queryable, alerts: readonly Alert[]) {
  const levels = await alertLevels(db);
  const names = await namesAroundAlerts(db, alerts);
  const shown = [];
  for (const alert of alerts) {
    const view = viewOfAlert(alert, names);
    const { serviceId, serviceName } = view;
    const firings = await pastFirings(db, alert.id, { limit: FIRINGS_MAX });
    shown.push({
      ...view,
      levelName: levelNameOf(levels, alert.level),
      service: serviceId === null ? null : { id: serviceId, name: serviceName ?? serviceId },
      told: toldInWords(firings.map(({ firing }) => firing)),
    });
  }
  return shown;
}
