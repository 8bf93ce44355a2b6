import type { Database, Tx } from '../../database/database.ts';
import { databaseNowMs } from '../../database/now.ts';
import { AppError } from '../../kernel/errors.ts';
import { alertsByIds } from '../alert.queries.ts';
import { takeLadders } from './ladder.store.ts';
import { dueLadders } from './ladder-due.queries.ts';
import { type LadderStep, stepOf, takeSteps } from './tell.service.ts';
import { type AskedOnce, askedOnce, tellingOf } from './telling.ts';

/** Ladders that one transaction tells. */
const BATCH_LADDERS = 200;

/** What a pass over the ladders did. */
export interface LadderPass {
  readonly ladders: number;
  readonly told: number;
}

/**
 * Tells the rungs that are due, each once whatever looks at the same time: a ladder belongs to one worker while it tells, and a
 * firing that is told changes no more. What was missed while nobody looked is told now, in order, and marked as late. Ladders are
 * told in batches, and who fills a role is asked once for the pass; one that cannot be told keeps no other from it.
 * @param clock the instant that the pass is for, in milliseconds since 1970: the database's clock, unless stated.
 * @throws what kept a ladder from being told, after all others are.
 */
export async function tellDueRungs(
  db: Database,
  signal: AbortSignal,
  clock: () => Promise<number> = () => databaseNowMs(db),
): Promise<LadderPass> {
  const nowMs = await clock();
  const asked = await askedOnce(db);
  const pass = { ladders: 0, told: 0 };
  const failures: unknown[] = [];
  const tell = async (ids: readonly string[]) => {
    const { ladders, told } = await db.transaction((tx) => tellOfLadders(tx, ids, nowMs, asked));
    pass.ladders += ladders;
    pass.told += told;
  };
  let after: string | null = null;
  do {
    signal.throwIfAborted();
    const ids: string[] = await dueLadders(db, nowMs, after, BATCH_LADDERS);
    failures.push(...(await tellEach(ids, tell)));
    after = ids.length === BATCH_LADDERS ? (ids.at(-1) ?? null) : null;
  } while (after !== null);
  if (failures.length > 0) throw failures[0];
  return pass;
}

/** Tells ladders at once, or, when something about one of them fails, each by itself. @returns what failed. */
async function tellEach(ids: readonly string[], tell: (ids: readonly string[]) => Promise<void>): Promise<unknown[]> {
  try {
    await tell(ids);
    return [];
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.kind === 'unavailable') throw thrown;
    if (ids.length === 1) return [thrown];
    const failures: unknown[] = [];
    for (const id of ids) failures.push(...(await tellEach([id], tell)));
    return failures;
  }
}

async function tellOfLadders(tx: Tx, ids: readonly string[], nowMs: number, asked: AskedOnce): Promise<LadderPass> {
  const ladders = await takeLadders(tx, ids);
  const alerts = await alertsByIds(
    tx,
    ladders.map(({ alertId }) => alertId),
  );
  const steps: LadderStep[] = [];
  for (const ladder of ladders) {
    const alert = alerts.get(ladder.alertId);
    if (alert) steps.push(await stepOf(tellingOf(tx, asked, alert, nowMs), ladder));
  }
  return takeSteps(tx, steps);
}
