import { allocate } from '../../allocations/allocate.service.ts';
import type { AllocationWish } from '../../allocations/checkout-request.ts';
import type { Caller } from '../../auth/caller.ts';
import type { Tx } from '../../database/database.ts';
import { sqlFailureOf } from '../../database/sqlstate.ts';
import { AppError } from '../../kernel/errors.ts';
import type { FieldTrouble } from '../import.ts';
import type { ApplyAct, OnLines } from '../import-kind.ts';
import { notePlanned, type PlannedLine } from '../planned-line.store.ts';
import { type CheckoutJudgement, judged } from './checkout-problems.ts';
import { type CheckoutFacts, checkoutFacts, holdCheckouts } from './checkout-rows.queries.ts';

/** Lines of one file: each is a check-out of its own, tried when the file is checked. */
const LINES_MAX = 10_000;

/** Lines after which somebody is told how far it is. */
const TOLD_EVERY = 100;

/**
 * Notes what lines would hand out. Whether they can is found by doing it, and undoing it: so what a file promises is what a
 * check-out keeps, also of lines that take from the same pool.
 * @throws AppError `unprocessable` `too-many-lines`.
 */
export async function planCheckouts(tx: Tx, caller: Caller, onLines: OnLines): Promise<void> {
  const lines = await judgedLines(tx);
  const planned: PlannedLine[] = [];
  const undone = new Error('what was tried is undone');
  const trial = async () => {
    for (const { facts, isThere, problems } of lines) {
      if (planned.length % TOLD_EVERY === 0) await onLines(planned.length);
      const found = isThere || problems.length > 0 ? problems : await tried(tx, caller, facts);
      const outcome = found.length > 0 ? 'error' : isThere ? 'unchanged' : 'create';
      planned.push({ line: facts.line, outcome, subjectId: facts.open?.id ?? null, problems: found, changes: [] });
    }
    throw undone;
  };
  await tx.attempt(trial).catch((thrown: unknown) => {
    if (thrown !== undone) throw thrown;
  });
  await notePlanned(tx, planned);
}

/** Hands out, as the API does, one check-out a line. @throws AppError what `allocate` throws, with the line in front. */
export async function applyCheckouts(tx: Tx, { caller, onLines }: ApplyAct): Promise<void> {
  for (const [index, { facts, isThere, problems }] of (await judgedLines(tx)).entries()) {
    if (index % TOLD_EVERY === 0) await onLines(index);
    if (isThere || problems.length > 0) continue;
    try {
      await allocate(tx, caller, wishOf(facts));
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      throw new AppError('conflict', thrown.code, `Nothing was imported: line ${facts.line}: ${thrown.message}`);
    }
  }
}

async function judgedLines(tx: Tx): Promise<(CheckoutJudgement & { readonly facts: CheckoutFacts })[]> {
  await holdCheckouts(tx);
  const lines = await checkoutFacts(tx, LINES_MAX + 1);
  if (lines.length > LINES_MAX) {
    const message = `A file of check-outs has at most ${LINES_MAX} lines: bring it in in parts`;
    throw new AppError('unprocessable', 'too-many-lines', message);
  }
  const first = new Map<string, number>();
  return lines.map((facts) => {
    const judgement = judged(facts);
    const key = facts.lineId ?? facts.unitId ?? `${facts.holderId} ${facts.partId}`;
    const before = first.get(key);
    if (judgement.problems.length > 0) return { facts, ...judgement };
    if (before === undefined) {
      first.set(key, facts.line);
      return { facts, ...judgement };
    }
    const field = facts.unitId === null ? 'part_number' : 'serial';
    return { facts, isThere: false, problems: [{ field, message: `is there twice, first in line ${before}` }] };
  });
}

/** Hands something out, until it is undone. @returns why it cannot be. */
async function tried(tx: Tx, caller: Caller, facts: CheckoutFacts): Promise<readonly FieldTrouble[]> {
  try {
    await tx.attempt(() => allocate(tx, caller, wishOf(facts)));
    return [];
  } catch (thrown) {
    if (thrown instanceof AppError) return troublesOf(thrown);
    const failure = sqlFailureOf(thrown);
    if (!failure?.code.startsWith('23')) throw thrown;
    return [{ field: null, message: failure.message }];
  }
}

const FIELDS: readonly (readonly [pointer: string, field: string])[] = [
  ['#/dueAt', 'due_on'],
  ['#/holder', 'holder'],
  ['#/note', 'note'],
];

function troublesOf({ message, fields = [] }: AppError): FieldTrouble[] {
  if (fields.length === 0) return [{ field: null, message }];
  return fields.map((problem) => ({
    field: FIELDS.find(([pointer]) => problem.field.startsWith(pointer))?.[1] ?? null,
    message: problem.message,
  }));
}

/** What a line asks for: a loan. It was judged before, so it names a holder and a thing. */
function wishOf({
  holderKind,
  holderId,
  unitId,
  partId,
  placeId,
  quantity,
  dueOn,
  note,
}: CheckoutFacts): AllocationWish {
  if (holderKind === null || holderId === null || partId === null) throw new Error('a line without a holder or a part');
  return {
    form: 'checkout',
    purpose: 'loan',
    holder: { kind: holderKind, id: holderId },
    lines: [
      unitId === null ? { partId, quantity: quantity ?? 1, ...(placeId && { locationId: placeId }) } : { unitId },
    ],
    ...(dueOn === null ? {} : { dueAt: `${dueOn}T23:59:59Z` }),
    ...(note === null ? {} : { note }),
  };
}
