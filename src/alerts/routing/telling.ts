import type { Queryable } from '../../database/database.ts';
import type { Alert, AlertLevel } from '../alert.ts';
import { routesOfLevels } from './alert-route.queries.ts';
import type { AlertRoute } from './alert-route.ts';
import type { DutyHolder } from './duty-role.ts';
import { type DutyRoster, dutyRoster, type RosterMemo, rosterMemo } from './duty-roster.ts';
import { type Memo, memo } from './memo.ts';
import { standInsFor } from './told.queries.ts';

/** An alert of which people are told at an instant, in milliseconds since 1970. */
export interface Telling {
  readonly alert: Alert;
  readonly levelName: string;
  readonly nowMs: number;
  /** Who fills roles at that instant. */
  readonly roster: DutyRoster;
  /** Who is told for the alert's service when nobody fills them. */
  readonly standIns: () => Promise<readonly DutyHolder[]>;
}

/** What is asked once for all alerts of which one call, or one pass, tells. */
export interface AskedOnce {
  readonly routes: ReadonlyMap<AlertLevel, AlertRoute>;
  /** What rosters of an instant, in milliseconds since 1970, have looked up. */
  readonly knownAt: (ms: number) => RosterMemo;
  readonly standIns: Memo<readonly DutyHolder[]>;
}

export async function askedOnce(db: Queryable): Promise<AskedOnce> {
  const known = new Map<number, RosterMemo>();
  const knownAt = (ms: number) => {
    const ofInstant = known.get(ms) ?? rosterMemo();
    known.set(ms, ofInstant);
    return ofInstant;
  };
  const routes = await routesOfLevels(db);
  return { routes: new Map(routes.map((route) => [route.level, route])), knownAt, standIns: memo() };
}

/** What is needed to tell of an alert; `db` is asked what nothing has asked before. */
export function tellingOf(
  db: Queryable,
  { routes, knownAt, standIns }: AskedOnce,
  alert: Alert,
  nowMs: number,
): Telling {
  return {
    alert,
    levelName: routes.get(alert.level)?.levelName ?? `${alert.level}`,
    nowMs,
    roster: dutyRoster(db, nowMs, knownAt(nowMs)),
    standIns: () => standIns(alert.serviceId ?? '', () => standInsFor(db, alert.serviceId)),
  };
}
