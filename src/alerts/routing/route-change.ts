import type { Tx } from '../../database/database.ts';
import type { Alert, AlertChange } from '../alert.ts';
import { recordAlertPlans } from '../plans/alert-plan.service.ts';
import { routesOfLevels } from './alert-route.queries.ts';
import type { AlertRoute } from './alert-route.ts';
import { type DutyRoster, dutyRoster } from './duty-roster.ts';
import {
  dropFirings,
  endLadder,
  frozenRungs,
  insertLadder,
  insertReminder,
  lockLadderOf,
  moveFirings,
  type OpenLadder,
  pendingFirings,
  restLadder,
  wakeLadder,
} from './ladder.store.ts';
import { resumed } from './ladder.ts';
import { type Telling, tellDue, tellFiring, tellOver } from './tell.service.ts';
import { toldOfAlert } from './told.queries.ts';

/**
 * Tells whoever is to be told of changes of alerts, in the transaction of the changes: an alert and its notices are there, or
 * neither is. An alert that opens, or rises, begins the ladder of its level, whose first rung is told at once; what its response
 * plan took at that moment is kept with it. An alert that somebody has acknowledged, or that is suppressed, lets its ladder rest;
 * a reminder tells again and lets it go on; a lower level changes nothing; who was told of an alert is told that it is over.
 */
export async function routeChanges(tx: Tx, changes: readonly AlertChange[]): Promise<void> {
  const relevant = changes.filter(({ what }) => what in ACTS);
  if (relevant.length === 0) return;
  const routes = await routesOfLevels(tx);
  const rosters = new Map<number, DutyRoster>();
  for (const change of relevant) {
    const nowMs = change.at.epochMilliseconds;
    const roster = rosters.get(nowMs) ?? dutyRoster(tx, nowMs);
    rosters.set(nowMs, roster);
    const route = routes.find(({ level }) => level === change.alert.level);
    const levelName = route?.levelName ?? `${change.alert.level}`;
    await ACTS[change.what]?.(tx, { alert: change.alert, levelName, nowMs, roster }, route);
  }
  await recordAlertPlans(
    tx,
    relevant.filter(({ what }) => what === 'opened' || what === 'raised'),
  );
}

type Act = (tx: Tx, telling: Telling, route: AlertRoute | undefined) => Promise<void>;

const ACTS: { readonly [What in AlertChange['what']]?: Act } = {
  opened: begin,
  raised: async (tx, telling, route) => {
    await end(tx, telling, 'raised');
    await begin(tx, telling, route);
  },
  closed: async (tx, telling) => {
    await end(tx, telling, 'closed');
    await tellOver(tx, telling.alert, await toldOfAlert(tx, telling.alert.id));
  },
  acknowledged: rest,
  suppressed: rest,
  unsuppressed: async (tx, telling) => {
    if (isQuiet(telling.alert)) return;
    await goOn(tx, telling);
  },
  reminded: remind,
};

/** Nobody is told of it: somebody has it, or it is suppressed. */
const isQuiet = ({ state, suppressedBy }: Alert) => state !== 'open' || suppressedBy !== null;

async function begin(tx: Tx, telling: Telling, route: AlertRoute | undefined): Promise<void> {
  const { alert, nowMs } = telling;
  if (!route || route.rungs.length === 0) return;
  const ladder = await insertLadder(tx, alert.id, route, nowMs);
  if (isQuiet(alert)) await restLadder(tx, ladder.id, nowMs);
  else await tellDue(tx, telling, ladder.id);
}

async function rest(tx: Tx, { alert, nowMs }: Telling): Promise<void> {
  const ladder = await lockLadderOf(tx, alert.id);
  if (ladder) await restLadder(tx, ladder.id, nowMs);
}

async function end(tx: Tx, { alert, nowMs }: Telling, by: 'raised' | 'closed'): Promise<void> {
  const ladder = await lockLadderOf(tx, alert.id);
  if (!ladder) return;
  await dropFirings(tx, 'stopped', await pendingFirings(tx, ladder.id), nowMs);
  await endLadder(tx, ladder.id, by, nowMs);
}

async function goOn(tx: Tx, telling: Telling): Promise<OpenLadder | undefined> {
  const ladder = await lockLadderOf(tx, telling.alert.id);
  if (!ladder) return undefined;
  if (ladder.restsSinceMs !== null) {
    await moveFirings(tx, resumed(await pendingFirings(tx, ladder.id), ladder.restsSinceMs, telling.nowMs));
    await wakeLadder(tx, ladder.id);
  }
  await tellDue(tx, telling, ladder.id);
  return ladder;
}

async function remind(tx: Tx, telling: Telling): Promise<void> {
  if (telling.alert.suppressedBy !== null) return;
  const ladder = await goOn(tx, telling);
  if (!ladder) return;
  const firing = await insertReminder(tx, ladder.id, telling.nowMs);
  const rungs = await frozenRungs(tx, ladder.id);
  await tellFiring(tx, telling, { firing, rung: rungs[firing.rung - 1], isLast: true });
}
