import { newCategorySchema } from '../../inventory/category.ts';
import { newPartSchema } from '../../inventory/part.ts';
import { lineText } from '../../kernel/text.ts';
import { choiceCell, currencyCell, decimalCell, textCell, wholeNumberCell } from '../cell.ts';
import { type ImportField, type ImportKind, type ImportRule, optionalField } from '../import-kind.ts';
import { OWNER_RULES } from './owner-reference.ts';
import { applyParts } from './part-apply.store.ts';
import { customCell, judgeCustomValues } from './part-custom.ts';
import { PART_CANONICAL, PART_FIELDS, PART_JOIN } from './part-reference.ts';

const PIECES = wholeNumberCell(0, 1_000_000);

const FIELDS: readonly ImportField[] = [
  ...PART_FIELDS,
  {
    name: 'name',
    description: 'What people call it',
    aliases: ['part name', 'model', 'model name', 'description'],
    read: textCell(newPartSchema.shape.name),
    isRequired: true,
  },
  {
    name: 'category',
    description: 'The name of its category',
    read: textCell(newCategorySchema.shape.name),
    isRequired: true,
  },
  {
    name: 'tracking',
    description: 'serial: each piece is a unit of its own; bulk: only quantities are known. Decided once',
    read: choiceCell(['serial', 'bulk']),
    isRequired: true,
    isFixed: true,
  },
  {
    name: 'unit_of_measure',
    description: 'What one of it is: piece, metre',
    aliases: ['uom'],
    read: textCell(lineText(20)),
    initial: `'piece'`,
  },
  optionalField('custom', 'Values of its category\'s custom fields, as JSON: {"watts": 750}', customCell),
  optionalField('owner', 'The person or team that answers for it, by name', textCell(lineText(200))),
  {
    name: 'emergency_reserve',
    description: 'Pieces that only an emergency may take, in total',
    aliases: ['reserve', 'min qty', 'minimum'],
    read: PIECES,
    initial: `'0'`,
  },
  optionalField('reorder_point', 'At so many pieces or fewer, more are to be ordered', PIECES),
  optionalField('reorder_quantity', 'How many are ordered at once', wholeNumberCell(1, 1_000_000)),
  optionalField('lead_time_days', 'Days from the order to the delivery', wholeNumberCell(0, 3660)),
  optionalField('shelf_life_days', 'Days for which a piece can be kept', wholeNumberCell(1, 36_600)),
  optionalField('test_interval_days', 'Days after which a unit has to be tested again', wholeNumberCell(1, 3660)),
  optionalField('mtbf_hours', 'Mean time between failures of one, in hours', wholeNumberCell(1, 1_000_000_000)),
  optionalField(
    'annual_failure_rate',
    'Failures of one in a year, instead of mtbf_hours',
    decimalCell({ placesMax: 20, max: 1000 }),
    { isDecimal: true },
  ),
  optionalField('installed_base', 'How many are at work', wholeNumberCell(0, 100_000_000)),
  optionalField('unit_cost', 'What one costs', decimalCell({ placesMax: 2, max: 999_999_999_999.99 }), {
    isDecimal: true,
    aliases: ['cost', 'price', 'purchase cost'],
  }),
  optionalField('currency', 'The currency of the cost, three letters', currencyCell),
];

const RULES: readonly ImportRule[] = [
  { field: 'part_number', when: 'c.is_retired AND d.is_changed', message: `'is retired and changes no more'` },
  {
    field: 'category',
    when: 's.category IS NOT NULL AND category.id IS NULL',
    message: `'there is no category "' || s.category || '": make it first'`,
  },
  {
    field: 'category',
    when: 'category.retired_at IS NOT NULL AND d.is_changed_or_new',
    message: `'is a retired category'`,
  },
  ...OWNER_RULES,
  {
    field: 'reorder_quantity',
    when: '(v.reorder_point IS NULL) <> (v.reorder_quantity IS NULL)',
    message: `'a reorder point goes with a quantity: state both or none'`,
  },
  {
    field: 'annual_failure_rate',
    when: 'v.mtbf_hours IS NOT NULL AND v.annual_failure_rate IS NOT NULL',
    message: `'must be empty when mtbf_hours says how often it fails'`,
  },
  {
    field: 'annual_failure_rate',
    when: `v.annual_failure_rate = '0'`,
    message: `'must be more than 0'`,
  },
  {
    field: 'currency',
    when: '(v.unit_cost IS NULL) <> (v.currency IS NULL)',
    message: `'a cost goes with a currency: state both or none'`,
  },
];

/** The catalogue of parts. Reserves below single locations are kept as they are. */
export const PARTS: ImportKind = {
  name: 'parts',
  noun: 'part',
  writePermission: 'inventory.write',
  readPermission: 'inventory.read',
  fields: FIELDS,
  current: `SELECT p.id, p.manufacturer, p.part_number, p.name, g.name AS category, p.tracking, p.unit_of_measure,
      CASE WHEN p.custom <> '{}' THEN p.custom::text END AS custom, o.name AS owner,
      p.emergency_reserve::text AS emergency_reserve, p.reorder_point::text AS reorder_point,
      p.reorder_quantity::text AS reorder_quantity, p.lead_time_days::text AS lead_time_days,
      p.shelf_life_days::text AS shelf_life_days, p.test_interval_days::text AS test_interval_days,
      p.mtbf_hours::text AS mtbf_hours, trim_scale(p.annual_failure_rate::numeric)::text AS annual_failure_rate,
      p.installed_base::text AS installed_base, trim_scale(p.unit_cost)::text AS unit_cost, p.currency,
      p.retired_at IS NOT NULL AS is_retired
    FROM part p JOIN part_category g ON g.id = p.category_id LEFT JOIN principal o ON o.id = p.owner_id`,
  joins: `${PART_JOIN} LEFT JOIN part_category category ON lower(category.name) = lower(s.category)
    LEFT JOIN principal owner ON lower(owner.name) = lower(s.owner)`,
  match: 'c.id = part.id',
  // A known part may be written in another case: its number stays as it is.
  canonical: {
    ...PART_CANONICAL,
    category: 'coalesce(category.name, s.category)',
    owner: 'coalesce(owner.name, s.owner)',
    custom: `nullif(s.custom, '')::jsonb::text`,
  },
  references: { category_id: 'category.id', owner_id: 'owner.id' },
  unique: [{ field: 'part_number', by: 'lower(s.manufacturer), lower(s.part_number)' }],
  rules: RULES,
  hold: async (tx) => {
    await tx.execute(
      `SELECT FROM part WHERE (lower(manufacturer), lower(part_number)) IN
         (SELECT lower(manufacturer), lower(part_number) FROM staged_line) ORDER BY id FOR NO KEY UPDATE`,
    );
  },
  judge: judgeCustomValues,
  apply: applyParts,
};
