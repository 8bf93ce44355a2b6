import type { Tx } from '../database/database.ts';
import type { AppError } from '../kernel/errors.ts';
import type { Decision, Question } from './allocate-decision.ts';
import { fitsKey, type ModelFits } from './allocate-resolve.ts';
import { planPicks } from './pick.ts';
import { shortageFacts } from './refusal.queries.ts';
import { refusalOf } from './refusal.ts';

/** The refusal of a wish that a decision could not serve, with everything that helps whoever asked. */
export async function refusing(
  tx: Tx,
  { wish, wants, span, rights }: Question,
  { plan, pools }: Decision,
  fits: ReadonlyMap<string, ModelFits>,
): Promise<AppError> {
  const withReserve = planPicks(wants, pools, { ...rights, mayTakeReserve: true }).short;
  const stillShort = new Set(withReserve.map(({ want }) => want));
  const notAcceptedOf = (deviceModelId: string) => fits.get(fitsKey({ deviceModelId }))?.notAccepted ?? [];
  const lines = plan.short.map((short) => ({
    short,
    isServedByReserve: !stillShort.has(short.want),
    notAccepted: short.want.kind === 'fit' ? notAcceptedOf(short.want.deviceModelId) : [],
  }));
  const mayCross = wish.purpose === 'incident' && wish.severity === 'emergency';
  return refusalOf(await shortageFacts(tx, lines, span), mayCross);
}
