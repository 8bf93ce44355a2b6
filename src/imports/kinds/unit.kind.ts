import { UNIT_CONDITIONS, unitFacts } from '../../inventory/unit.ts';
import { UNIT_STATES } from '../../inventory/unit-state.ts';
import { lineText } from '../../kernel/text.ts';
import { choiceCell, dayCell, textCell } from '../cell.ts';
import type { ImportField, ImportKind, ImportRule } from '../import-kind.ts';
import { LOCATION_CANONICAL, LOCATION_FIELD, LOCATION_JOIN, LOCATION_RULES } from './location-reference.ts';
import { HOLD_PARTS, PART_CANONICAL, PART_FIELDS, PART_JOIN, partRules } from './part-reference.ts';
import { applyUnits } from './unit-apply.store.ts';

const FIELDS: readonly ImportField[] = [
  ...PART_FIELDS,
  {
    name: 'serial',
    description: 'Its serial number; unique among the units of the part',
    aliases: ['serial number', 'serial no', 'sn'],
    read: textCell(lineText(80)),
    isKey: true,
  },
  {
    name: 'asset_tag',
    description: 'What its label bears; unique among all units',
    aliases: ['tag', 'asset no', 'inventory number'],
    read: textCell(unitFacts.assetTag),
    isClearable: true,
  },
  {
    name: 'state',
    description: 'A new one is in_stock or quarantined; later it changes by movements alone',
    read: choiceCell(UNIT_STATES),
    initial: `CASE WHEN s.condition = 'damaged' THEN 'quarantined' ELSE 'in_stock' END`,
    isFixed: true,
  },
  { ...LOCATION_FIELD, isRequired: true },
  {
    name: 'condition',
    description: `One of ${UNIT_CONDITIONS.join(', ')}`,
    read: choiceCell(UNIT_CONDITIONS),
    initial: `'new'`,
  },
  {
    name: 'supplier',
    description: 'Who sold it',
    aliases: ['vendor'],
    read: textCell(unitFacts.supplier),
    isClearable: true,
  },
  {
    name: 'firmware',
    description: 'The firmware that is on it',
    read: textCell(unitFacts.firmware),
    isClearable: true,
  },
  {
    name: 'warranty_until',
    description: 'The last day of its warranty',
    aliases: ['warranty expires', 'warranty end'],
    read: dayCell,
    isClearable: true,
  },
  {
    name: 'expires_on',
    description: "The last day of its shelf life; left out of a new one: counted from the part's",
    aliases: ['expiry', 'expiry date'],
    read: dayCell,
    isClearable: true,
  },
  {
    name: 'last_tested_on',
    description: 'The day of its last test; later tests are recorded one by one',
    aliases: ['last tested'],
    read: dayCell,
    isFixed: true,
  },
  {
    name: 'note',
    description: 'Anything else',
    aliases: ['notes', 'remarks'],
    read: textCell(unitFacts.note),
    isClearable: true,
  },
];

const RULES: readonly ImportRule[] = [
  ...partRules('serial'),
  ...LOCATION_RULES,
  { field: 'serial', when: `c.state = 'retired' AND d.is_changed`, message: `'is written off and changes no more'` },
  {
    field: 'state',
    when: `c.id IS NULL AND v.state NOT IN ('in_stock', 'quarantined')`,
    message: `'"' || v.state || '" is no state to begin with: it must be in_stock or quarantined'`,
  },
  {
    field: 'location',
    when: `c.id IS NOT NULL AND c.location IS NULL AND v.location IS NOT NULL AND c.state <> 'retired'`,
    message: `'must be empty: the unit is ' || replace(c.state, '_', ' ') || ', and lies nowhere until it comes back'`,
  },
  {
    field: 'condition',
    when: `v.condition = 'damaged' AND v.state = 'in_stock'`,
    message: `'a damaged unit cannot lie in stock: it must be quarantined'`,
  },
  {
    field: 'asset_tag',
    when: `s.asset_tag <> ''
      AND EXISTS (SELECT FROM unit o WHERE lower(o.asset_tag) = lower(s.asset_tag) AND o.id IS DISTINCT FROM c.id)`,
    message: `'"' || s.asset_tag || '" is on another unit'`,
  },
];

/** Pieces with serial numbers. A new one is received, and one that lies elsewhere is moved: by movements, as by hand. */
export const UNITS: ImportKind = {
  name: 'units',
  noun: 'unit',
  writePermission: 'inventory.write',
  readPermission: 'inventory.read',
  fields: FIELDS,
  current: `SELECT u.id, p.manufacturer, p.part_number, u.serial, u.asset_tag, u.state, l.code AS location, u.condition,
      u.supplier, u.firmware, u.warranty_until::text AS warranty_until, u.expires_on::text AS expires_on,
      (u.last_tested_at AT TIME ZONE 'UTC')::date::text AS last_tested_on, u.note
    FROM unit u JOIN part p ON p.id = u.part_id LEFT JOIN location l ON l.id = u.location_id`,
  joins: `${PART_JOIN} ${LOCATION_JOIN}
    LEFT JOIN unit known ON known.part_id = part.id AND lower(known.serial) = lower(s.serial)`,
  match: 'c.id = known.id',
  canonical: { ...PART_CANONICAL, ...LOCATION_CANONICAL },
  references: { part_id: 'part.id', location_id: 'place.id' },
  unique: [
    { field: 'serial', by: 'lower(s.manufacturer), lower(s.part_number), lower(s.serial)' },
    { field: 'asset_tag', by: `lower(nullif(s.asset_tag, ''))` },
  ],
  rules: RULES,
  hold: async (tx) => {
    await tx.execute(HOLD_PARTS);
  },
  apply: applyUnits,
};
