import type { Database, Tx } from '../../database/database.ts';
import { databaseNowMs } from '../../database/now.ts';
import { alertById } from '../alert.queries.ts';
import { routesOfLevels } from './alert-route.queries.ts';
import type { AlertRoute } from './alert-route.ts';
import { dutyRoster } from './duty-roster.ts';
import { takeLadder } from './ladder.store.ts';
import { dueLadders } from './ladder-due.queries.ts';
import { tellDue } from './tell.service.ts';

/** Ladders whose ids are read in one go. */
const BATCH_LADDERS = 200;

/** What a pass over the ladders did. */
export interface LadderPass {
  readonly ladders: number;
  readonly told: number;
}

/**
 * Tells the rungs that are due, each once whatever looks at the same time: a ladder belongs to one worker while it tells, and a
 * firing that is told changes no more. What was missed while nobody looked is told now, in order, and marked as late.
 * @param clock the instant that the pass is for, in milliseconds since 1970: the database's clock, unless stated.
 */
export async function tellDueRungs(
  db: Database,
  signal: AbortSignal,
  clock: () => Promise<number> = () => databaseNowMs(db),
): Promise<LadderPass> {
  const nowMs = await clock();
  const routes = await routesOfLevels(db);
  let ladders = 0;
  let told = 0;
  let after: string | null = null;
  do {
    const ids: string[] = await dueLadders(db, nowMs, after, BATCH_LADDERS);
    for (const id of ids) {
      signal.throwIfAborted();
      const count = await db.transaction((tx) => tellOfLadder(tx, id, nowMs, routes));
      if (count > 0) ladders += 1;
      told += count;
    }
    after = ids.length === BATCH_LADDERS ? (ids.at(-1) ?? null) : null;
  } while (after !== null);
  return { ladders, told };
}

async function tellOfLadder(tx: Tx, id: string, nowMs: number, routes: readonly AlertRoute[]): Promise<number> {
  const ladder = await takeLadder(tx, id);
  if (!ladder) return 0;
  const alert = await alertById(tx, ladder.alertId);
  const levelName = routes.find(({ level }) => level === alert.level)?.levelName ?? `${alert.level}`;
  return tellDue(tx, { alert, levelName, nowMs, roster: dutyRoster(tx, nowMs) }, ladder.id);
}
