import { HOLDER_KINDS } from '../../allocations/allocation.ts';
import { newPartSchema } from '../../inventory/part.ts';
import { lineText } from '../../kernel/text.ts';
import { choiceCell, dayCell, textCell, wholeNumberCell } from '../cell.ts';
import type { ImportField, PlannedKind } from '../import-kind.ts';
import { applyCheckouts, planCheckouts } from './checkout-lines.ts';
import { checkoutCells } from './checkout-rows.queries.ts';
import { LOCATION_FIELD } from './location-reference.ts';
import { ID_CELL } from './reference-cell.ts';

const FIELDS: readonly ImportField[] = [
  {
    name: 'holder',
    description: 'Who has it: the name or e-mail address of a person, the name of a team, a service or a project',
    aliases: ['checked out to', 'assigned to', 'user', 'borrower', 'lent to'],
    read: textCell(lineText(254)),
    isKey: true,
  },
  {
    name: 'holder_kind',
    description: `One of ${HOLDER_KINDS.join(', ')}, where a name means several`,
    read: choiceCell(HOLDER_KINDS),
  },
  {
    name: 'asset_tag',
    description: 'The unit with this label; or its part and serial number',
    aliases: ['tag', 'asset no', 'inventory number'],
    read: textCell(lineText(40)),
  },
  {
    name: 'manufacturer',
    description: 'Who makes the part',
    aliases: ['maker', 'brand'],
    read: textCell(newPartSchema.shape.manufacturer),
  },
  {
    name: 'part_number',
    description: "The manufacturer's number of the part",
    aliases: ['part no', 'model no', 'model number', 'mpn'],
    read: textCell(newPartSchema.shape.partNumber),
  },
  {
    name: 'serial',
    description: 'The serial number of the unit',
    aliases: ['serial number', 'serial no', 'sn'],
    read: textCell(lineText(80)),
  },
  { ...LOCATION_FIELD, description: 'Of bulk pieces: from where they are taken, or below it, first' },
  {
    name: 'quantity',
    description: 'Pieces that the holder has of a bulk part; a unit is one',
    aliases: ['qty', 'pieces'],
    read: wholeNumberCell(1, 1_000_000),
  },
  {
    name: 'due_on',
    description: 'The day on which it should be back, at its end in UTC',
    aliases: ['due', 'due date', 'expected checkin', 'return by'],
    read: dayCell,
  },
  {
    name: 'note',
    description: 'What else one should know',
    aliases: ['notes', 'remarks'],
    read: textCell(lineText(1000)),
  },
  { name: 'line_id', description: 'The id of an open line, which exports state', read: ID_CELL },
];

/**
 * What is handed out and not back. A line hands something out as by hand, with everything that a check-out asks for; what the
 * holder has already stays. Nothing is returned and no due date changed by a file. Seats have no lines.
 */
export const CHECKOUTS: PlannedKind = {
  name: 'checkouts',
  noun: 'check-out',
  writePermission: 'allocation.operate',
  readPermission: 'allocation.read',
  fields: FIELDS,
  unique: [{ field: 'line_id', by: 's.line_id' }],
  plan: planCheckouts,
  exportRows: async (db, after, limit) => {
    const rows = await checkoutCells(db, after, limit);
    return rows.map(({ id, ...cells }) => ({ id, cells: FIELDS.map(({ name }) => cells[name] ?? null) }));
  },
  isWhole: true,
  apply: applyCheckouts,
};
