import { z } from 'zod';
import { allocationById } from '../allocations/allocation.queries.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { lineText } from '../kernel/text.ts';
import { backDating } from '../sla/clock-record.ts';
import { beginAct, enter } from './act.ts';

/** Somebody goes there, with what they need. */
export const dispatchSchema = z.strictObject({
  allocationId: z
    .uuid()
    .toLowerCase()
    .describe('The check-out, hold or reservation of purpose incident that they take along'),
  destination: lineText(500).describe('Where they go'),
  who: lineText(200).describe('Who goes'),
  personId: z.uuid().toLowerCase().optional().describe('The same, where the register knows them'),
  ...backDating,
});

export type NewDispatch = z.infer<typeof dispatchSchema>;

/**
 * Enters that somebody is sent to the place, with what was allocated for it. An allocation belongs to one incident.
 * @throws AppError `unprocessable` `unsuitable-allocation`, `unsuitable-person`; `conflict` `allocation-dispatched`, and as
 *   {@link beginAct}.
 */
export async function dispatch(tx: Tx, caller: Caller, id: string, wanted: NewDispatch): Promise<void> {
  const { at, lateBecause, allocationId, personId, ...said } = wanted;
  const act = await beginAct(tx, caller, { id, expectedVersion: undefined }, { at, lateBecause }, BEFORE_THE_END);
  const code = await requireOfIncident(tx, allocationId);
  await enter(act, 'dispatch', { ...said, allocation: code }, { allocationId, personId });
}

const BEFORE_THE_END = ['receive', 'record', 'classify', 'transfer', 'handle'] as const;

async function requireOfIncident(tx: Tx, id: string): Promise<string> {
  const refused = (reason: string) =>
    new AppError('unprocessable', 'unsuitable-allocation', `It cannot go along: ${reason}`, {
      fields: [{ field: '#/allocationId', message: `must be the id of an allocation for an incident: ${reason}` }],
    });
  const allocation = await allocationById(tx, id).catch((thrown: unknown) => {
    throw thrown instanceof AppError && thrown.kind === 'not-found' ? refused(`there is no allocation ${id}`) : thrown;
  });
  if (allocation.purpose !== 'incident') throw refused(`${allocation.code} is for a ${allocation.purpose}`);
  return allocation.code;
}
