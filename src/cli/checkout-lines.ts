import type { Allocation, AllocationLine } from '../allocations/allocation.ts';
import { table } from './output.ts';

/** An allocation and how its lines stand, for people. */
export function allocationLines(allocation: Allocation, places?: ReadonlyMap<string, string>): string[] {
  const { code, purpose, severity, holder, service } = allocation;
  const what = severity === null ? purpose : `${purpose}, ${severity}`;
  const forService = service === null ? '' : `, for ${service.name}`;
  return [`${code}  ${holder.name} (${holder.kind}), ${what}${forService}`, ...lineTable(allocation.lines, places)];
}

/** The lines of an allocation for people: what, how many, how they stand. */
function lineTable(lines: readonly AllocationLine[], places: ReadonlyMap<string, string> = new Map()): string[] {
  return table(
    ['what', 'quantity', 'unit', 'state', 'from', 'due'],
    lines.map((line) => [
      whatOf(line),
      String(line.quantity),
      line.unit === null ? '' : [line.unit.assetTag, line.unit.serial].filter((name) => name !== null).join(' / '),
      `${line.state}${line.isOverdue ? ', overdue' : ''}${line.isFromReserve ? ', from reserve' : ''}`,
      places.get(line.id) ?? '',
      line.state === 'issued' ? (line.dueAt?.toString() ?? 'not stated') : '',
    ]),
    'no lines',
  );
}

function whatOf({ part, stock, entitlement, assignee }: AllocationLine): string {
  if (entitlement !== null)
    return `${entitlement.product}, ${entitlement.name}${assignee === null ? '' : `: ${assignee}`}`;
  return `${part?.partNumber ?? ''}${stock?.lot ? ` lot ${stock.lot}` : ''}`;
}
