import { allocationById } from '../allocations/allocation.queries.ts';
import { type Allocation, type AllocationLine, numberOfCode } from '../allocations/allocation.ts';
import { allocationIdOfNumber } from '../allocations/scan.queries.ts';
import type { Queryable } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { partNamed, unitNamed } from './named.ts';

/** What is out and was named: an allocation, and the lines of it that are meant. */
export interface NamedOut {
  readonly allocation: Allocation;
  readonly lines: readonly AllocationLine[];
}

/**
 * What a code on the command line means: a check-out (`CO-000042`) with everything of it that is out, or of one part; or
 * the asset tag or serial of a unit that is out.
 * @throws AppError `usage` for a name that means nothing or several things; `conflict` `nothing-out`.
 */
export async function outByCode(db: Queryable, code: string, part: string | undefined): Promise<NamedOut> {
  const number = numberOfCode(code);
  if (number === undefined) {
    if (part !== undefined) throw new AppError('usage', 'bad-options', '--part belongs to a check-out: CO-000042');
    return outByUnit(db, code);
  }
  const id = await allocationIdOfNumber(db, number);
  if (id === undefined) throw new AppError('usage', 'unknown-checkout', `There is no check-out ${code}`);
  const allocation = await allocationById(db, id);
  const partId = part === undefined ? undefined : (await partNamed(db, part)).id;
  const lines = allocation.lines.filter(
    (line) => line.state === 'issued' && (partId === undefined || line.part?.id === partId),
  );
  if (lines.length > 0) return { allocation, lines };
  throw new AppError(
    'conflict',
    'nothing-out',
    `Nothing${part === undefined ? '' : ` of ${part}`} is out by ${allocation.code}`,
  );
}

async function outByUnit(db: Queryable, code: string): Promise<NamedOut> {
  const unit = await unitNamed(db, code);
  const current = unit.lines.find(({ state }) => state === 'issued');
  if (!current) {
    const where = unit.location === null ? '' : ` at ${unit.location.code}`;
    throw new AppError(
      'conflict',
      'nothing-out',
      `${unit.serial} is not out: it is ${unit.state.replace('_', ' ')}${where}`,
    );
  }
  const allocation = await allocationById(db, current.allocation.id);
  return { allocation, lines: allocation.lines.filter((line) => line.id === current.lineId) };
}
