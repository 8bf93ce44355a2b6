import type { Tx } from '../../database/database.ts';
import type { Alert, AlertChange } from '../alert.ts';
import { recordAlertPlans } from '../plans/alert-plan.service.ts';
import {
  endLadders,
  type HeldLadder,
  heldLadders,
  insertLadders,
  insertReminders,
  lockLadders,
  type NewLadder,
  type OpenLadder,
  restLadders,
  wakeLadders,
} from './ladder.store.ts';
import { resumed } from './ladder.ts';
import { type LadderStep, stepOf, takeSteps, tellOver, toldBy } from './tell.service.ts';
import { type AskedOnce, askedOnce, type Telling, tellingOf } from './telling.ts';
import { toldOfAlerts } from './told.queries.ts';

/**
 * Tells whoever is to be told of changes of alerts, in the transaction of the changes: an alert and its notices are there, or
 * neither is. An alert that opens, or rises, begins the ladder of its level, whose first rung is told at once; what its response
 * plan took at that moment is kept with it. An alert that somebody has acknowledged, or that is suppressed, lets its ladder rest;
 * a reminder tells again and lets it go on; a lower level changes nothing; who was told of an alert is told that it is over.
 *
 * A storm costs no statements for each alert: what fills a role for a service, and how a plan stands, is asked once.
 * @param changes at most one for an alert.
 */
export async function routeChanges(tx: Tx, changes: readonly AlertChange[]): Promise<void> {
  const of = (...kinds: AlertChange['what'][]) => changes.filter(({ what }) => kinds.includes(what));
  const [begin, end, rest] = [of('opened', 'raised'), of('raised', 'closed'), of('acknowledged', 'suppressed')];
  const goOn = [
    ...of('unsuppressed').filter(({ alert }) => !isQuiet(alert)),
    ...of('reminded').filter(({ alert }) => alert.suppressedBy === null),
  ];
  const locked = await lockLadders(
    tx,
    [...end, ...rest, ...goOn].map(({ alert }) => alert.id),
  );
  const open = new Map(locked.map((ladder) => [ladder.alertId, ladder]));
  await restLadders(tx, withLadders(rest, open));
  await endLadders(
    tx,
    withLadders(end, open).map(({ id, what, atMs }) => ({ id, by: what === 'raised' ? what : 'closed', atMs })),
  );
  await tellClosed(tx, of('closed'));
  if (begin.length + goOn.length === 0) return;
  const asked = await askedOnce(tx);
  const woken = await wake(tx, withLadders(goOn, open), asked);
  await takeSteps(tx, [...(await begun(tx, begin, asked)), ...woken.map(({ step }) => step)]);
  await remind(
    tx,
    woken.filter(({ what }) => what === 'reminded'),
  );
  await recordAlertPlans(tx, begin, asked.knownAt);
}

/** Nobody is told of it: somebody has it, or it is suppressed. */
const isQuiet = ({ state, suppressedBy }: Alert) => state !== 'open' || suppressedBy !== null;

/** A ladder with what becomes of its alert, and when. */
interface ChangedLadder extends OpenLadder {
  readonly what: AlertChange['what'];
  readonly alert: Alert;
  readonly atMs: number;
}

function withLadders(changes: readonly AlertChange[], open: ReadonlyMap<string, OpenLadder>): ChangedLadder[] {
  return changes.flatMap(({ what, alert, at }) => {
    const ladder = open.get(alert.id);
    return ladder ? [{ ...ladder, what, alert, atMs: at.epochMilliseconds }] : [];
  });
}

async function tellClosed(tx: Tx, closed: readonly AlertChange[]): Promise<void> {
  if (closed.length === 0) return;
  const alerts = closed.map(({ alert }) => alert);
  const ids = alerts.map(({ id }) => id);
  await tellOver(tx, alerts, await toldOfAlerts(tx, ids));
}

/** Begins the ladders of alerts, as far as their levels have any rungs. */
async function begun(tx: Tx, changes: readonly AlertChange[], asked: AskedOnce): Promise<LadderStep[]> {
  const beginning = changes.flatMap(({ alert, at }): (NewLadder & { readonly alert: Alert })[] => {
    const route = asked.routes.get(alert.level);
    if (!route || route.rungs.length === 0) return [];
    return [{ alert, alertId: alert.id, route, startMs: at.epochMilliseconds, rests: isQuiet(alert) }];
  });
  const ladders = await insertLadders(tx, beginning);
  const steps: LadderStep[] = [];
  for (const [index, { alert, startMs, rests }] of beginning.entries()) {
    const ladder = ladders[index];
    if (ladder && !rests) steps.push(await stepOf(tellingOf(tx, asked, alert, startMs), ladder));
  }
  return steps;
}

/** A ladder that goes on, and what is told of it. */
interface WokenLadder {
  readonly what: AlertChange['what'];
  readonly ladder: HeldLadder;
  readonly telling: Telling;
  readonly step: LadderStep;
}

/** Lets ladders go on: what they have left is told as much later as they rested. */
async function wake(tx: Tx, changed: readonly ChangedLadder[], asked: AskedOnce): Promise<WokenLadder[]> {
  const resting = changed.filter(({ restsSinceMs }) => restsSinceMs !== null);
  await wakeLadders(
    tx,
    resting.map(({ id }) => id),
  );
  const held = await heldLadders(tx, changed);
  const woken: WokenLadder[] = [];
  for (const [index, { what, alert, atMs, restsSinceMs }] of changed.entries()) {
    const ladder = held[index];
    if (!ladder) continue;
    const moved = restsSinceMs === null ? [] : resumed(ladder.pending, restsSinceMs, atMs);
    const pending = restsSinceMs === null ? ladder.pending : moved;
    const telling = tellingOf(tx, asked, alert, atMs);
    const step = await stepOf(telling, { rungs: ladder.rungs, pending });
    woken.push({ what, ladder, telling, step: { ...step, moved: [...moved, ...step.moved] } });
  }
  return woken;
}

/** Tells again of alerts that are still open when somebody is to be reminded. */
async function remind(tx: Tx, woken: readonly WokenLadder[]): Promise<void> {
  if (woken.length === 0) return;
  const reminders = await insertReminders(
    tx,
    woken.map(({ ladder, telling }) => ({ id: ladder.id, atMs: telling.nowMs })),
  );
  const steps: LadderStep[] = [];
  for (const { ladder, telling } of woken) {
    const firing = reminders.get(ladder.id);
    if (!firing) continue;
    const told = await toldBy(telling, { firing, rung: ladder.rungs[firing.rung - 1], isLast: true });
    steps.push({ moved: [], skipped: [], told: [told] });
  }
  await takeSteps(tx, steps);
}
