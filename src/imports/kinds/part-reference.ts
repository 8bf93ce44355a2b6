import { newPartSchema } from '../../inventory/part.ts';
import { textCell } from '../cell.ts';
import type { ImportField, ImportRule } from '../import-kind.ts';

const { manufacturer, partNumber } = newPartSchema.shape;

/** The two columns that say of which part something is. */
export const PART_FIELDS: readonly ImportField[] = [
  {
    name: 'manufacturer',
    description: 'Who makes the part',
    aliases: ['maker', 'brand'],
    read: textCell(manufacturer),
    isKey: true,
  },
  {
    name: 'part_number',
    description: "The manufacturer's number of the part",
    aliases: ['part no', 'model no', 'model number', 'mpn'],
    read: textCell(partNumber),
    isKey: true,
  },
];

/** Joins `part`, the part that `s` names. */
export const PART_JOIN = `LEFT JOIN part ON lower(part.manufacturer) = lower(s.manufacturer)
    AND lower(part.part_number) = lower(s.part_number)`;

export const PART_CANONICAL = {
  manufacturer: 'coalesce(part.manufacturer, s.manufacturer)',
  part_number: 'coalesce(part.part_number, s.part_number)',
};

/** What must be so of the part that `s` names, of any or of those that are kept in one way. */
export function partRules(tracking?: 'serial' | 'bulk'): ImportRule[] {
  const other =
    tracking === 'serial'
      ? `'is kept in bulk: bring it in as stock'`
      : `'is kept by serial number: bring it in as units'`;
  return [
    {
      field: 'part_number',
      when: 's.part_number IS NOT NULL AND s.manufacturer IS NOT NULL AND part.id IS NULL',
      message: `'there is no part "' || s.part_number || '" of "' || s.manufacturer || '": bring the parts in first'`,
    },
    ...(tracking === undefined
      ? []
      : [{ field: 'part_number', when: `part.tracking <> '${tracking}'`, message: other }]),
    { field: 'part_number', when: 'part.retired_at IS NOT NULL AND c.id IS NULL', message: `'is a retired part'` },
  ];
}

/** Locks the pools of all parts that the file names, as everybody does who moves pieces of them. */
export const HOLD_PARTS = `SELECT lock_pools(ARRAY(SELECT id FROM part WHERE (lower(manufacturer), lower(part_number)) IN
  (SELECT DISTINCT lower(manufacturer), lower(part_number) FROM staged_line)), '{}')`;
