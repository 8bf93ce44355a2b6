import { viewOfAllocation } from '../allocations/allocation.views.ts';
import { resolveScan, type ScanMatch } from '../allocations/scan.service.ts';
import {
  allocationActions,
  locationActions,
  type ScanAction,
  type ScannedUnit,
  unitActions,
} from '../allocations/scan.ts';
import { allocationLines } from './checkout-lines.ts';
import { type CommandContext, EXIT } from './command.ts';
import { table } from './output.ts';
import { withRuntime } from './with-runtime.ts';

/** Tells what a code stands for: a unit, a location, a check-out, or several of them. */
export async function scanCode(context: CommandContext, code: string): Promise<number> {
  const matches = await withRuntime(context, { writes: false }, ({ db }) => resolveScan(db, code));
  const seen = matches.map((match) => ({ match, actions: actionsOf(match) }));
  context.output.answer({ code, matches: seen.map(({ match, actions }) => ({ ...viewOf(match), actions })) }, () =>
    seen.flatMap(({ match, actions }) => [...describe(match), `Next: ${actions.map(({ name }) => name).join(', ')}`]),
  );
  return EXIT.ok;
}

const viewOf = (match: ScanMatch) =>
  match.kind === 'allocation' ? { ...match, allocation: viewOfAllocation(match.allocation) } : match;

function actionsOf(match: ScanMatch): ScanAction[] {
  switch (match.kind) {
    case 'unit':
      return unitActions(match.unit);
    case 'location':
      return locationActions(match.location);
    case 'allocation':
      return allocationActions(match.allocation);
  }
}

function describe(match: ScanMatch): string[] {
  switch (match.kind) {
    case 'unit':
      return describeUnit(match.unit);
    case 'location': {
      const { path, name, kind, units, stockRows, parts } = match.location;
      return [
        `Location ${path.join(' / ')}, ${kind} ${name}: ${units} units, ${stockRows} stock rows`,
        ...table(
          ['part', 'name', 'quantity'],
          parts.map((part) => [part.partNumber, part.name, String(part.quantity)]),
          'nothing lies directly in it',
        ),
      ];
    }
    case 'allocation':
      return allocationLines(match.allocation);
  }
}

function describeUnit({ serial, assetTag, part, state, isUsable, location, service, lines }: ScannedUnit): string[] {
  const tag = assetTag === null ? '' : `, asset tag ${assetTag}`;
  const where = [location && `at ${location.code}`, service && `in ${service.name}`].filter((text) => text !== null);
  const usable = state === 'in_stock' && !isUsable ? ', not usable' : '';
  return [
    `Unit ${serial} of ${part.partNumber} (${part.name})${tag}: ${[state.replace('_', ' ') + usable, ...where].join(', ')}`,
    ...lines.map(
      (line) =>
        `${line.state === 'issued' ? 'Out to' : 'Held for'} ${line.holder.name} (${line.holder.kind}) by ${line.allocation.code}, ` +
        `since ${line.from}${line.until === null ? '' : `, until ${line.until}`}`,
    ),
  ];
}
