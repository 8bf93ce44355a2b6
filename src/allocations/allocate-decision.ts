import type { Tx } from '../database/database.ts';
import { poolIdsOf } from './allocate.store.ts';
import { makeRoomForNamed } from './allocate-room.ts';
import { type Span, windowOf } from './allocate-span.ts';
import type { PlainWish } from './checkout-request.ts';
import { heldLines, preemptLines, type Taken } from './displace.store.ts';
import { chooseDisplaced } from './displace.ts';
import { readPools } from './pick.queries.ts';
import { type Plan, planPicks, type Want } from './pick.ts';
import type { Pools } from './pick-pool.ts';
import type { Rights } from './pick-taking.ts';
import { makeRoomForShort } from './reassign.service.ts';
import type { Reassignment } from './reassign.store.ts';

/** What is asked of the pools, which the caller has locked. */
export interface Question {
  readonly wish: PlainWish;
  readonly wants: readonly Want[];
  readonly span: Span;
  readonly rights: Rights;
  /** Ids of places that nothing is taken from. */
  readonly withheld: readonly string[];
}

/** What serves a wish, and what had to be done to others for it. */
export interface Decision {
  readonly plan: Plan;
  readonly pools: Pools;
  /** Lines of others that went to other units. */
  readonly moved: readonly Reassignment[];
  /** Lines of others that were ended. */
  readonly taken: readonly Taken[];
}

/** The longest text that a line can say about its end. */
const NOTE_CHARACTERS_MAX = 500;

/**
 * Serves a wish from what is free; else from what is free once the lines of others have moved to units that do as well;
 * else, in an emergency, from what others give up. The plan that it answers may still be short.
 */
export async function decide(tx: Tx, question: Question): Promise<Decision> {
  let decision = await planned(tx, question, []);
  for (const makeRoom of [makeRoomForNamed, makeRoomForShort]) {
    if (decision.plan.short.length === 0) return decision;
    const moved = await makeRoom(tx, { plan: decision.plan, pools: decision.pools, span: question.span });
    if (moved.length > 0) decision = await planned(tx, question, [...decision.moved, ...moved]);
  }
  if (decision.plan.short.length === 0 || question.wish.reserve === undefined) return decision;
  return displacing(tx, question, decision);
}

async function planned(
  tx: Tx,
  { wants, span, rights, withheld }: Question,
  moved: readonly Reassignment[],
): Promise<Decision> {
  const pools = await readPools(tx, wants, span, withheld);
  return { plan: planPicks(wants, pools, rights), pools, moved, taken: [] };
}

async function displacing(tx: Tx, question: Question, before: Decision): Promise<Decision> {
  const { wish, wants, span, rights } = question;
  const held = await heldLines(tx, poolIdsOf(wants), span);
  const isServed = (pools: Pools) => planPicks(wants, pools, rights).short.length === 0;
  const chosen = chooseDisplaced(held, before.pools, windowOf(span), isServed);
  if (!chosen) return before;
  const note = [...`Taken for an emergency: ${wish.reserve?.reason}`].slice(0, NOTE_CHARACTERS_MAX).join('');
  const lineIds = chosen.map(({ lineId }) => lineId);
  const taken = await preemptLines(tx, lineIds, note);
  return { ...(await planned(tx, question, before.moved)), taken };
}
