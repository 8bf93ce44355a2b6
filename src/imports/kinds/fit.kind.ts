import { newDeviceModelSchema } from '../../inventory/device-model.ts';
import { newPartSchema } from '../../inventory/part.ts';
import { longText } from '../../kernel/text.ts';
import { textCell, wholeNumberCell } from '../cell.ts';
import type { ImportField, ImportKind, ImportRule } from '../import-kind.ts';
import { applyFits, holdFits, judgeFitCounts } from './fit-apply.store.ts';
import { PART_CANONICAL, PART_FIELDS, PART_JOIN, partRules } from './part-reference.ts';

const FIELDS: readonly ImportField[] = [
  ...PART_FIELDS,
  {
    name: 'device_manufacturer',
    description: 'Who makes the model of device that it serves for',
    aliases: ['device maker', 'device brand'],
    read: textCell(newDeviceModelSchema.shape.manufacturer),
  },
  {
    name: 'device_model',
    description: 'The model of device that it serves for',
    aliases: ['device', 'fits device', 'serves'],
    read: textCell(newDeviceModelSchema.shape.model),
  },
  {
    name: 'replaced_manufacturer',
    description: 'Or who makes the part that it stands in for',
    aliases: ['replaced maker', 'replaced brand'],
    read: textCell(newPartSchema.shape.manufacturer),
  },
  {
    name: 'replaced_part_number',
    description: "Or the manufacturer's number of the part that it stands in for",
    aliases: ['replaced part', 'replaces', 'stands in for'],
    read: textCell(newPartSchema.shape.partNumber),
  },
  {
    name: 'rank',
    description: '1 is the best; parts of the same rank are equally good',
    aliases: ['preference'],
    read: wholeNumberCell(1, 1000),
    isRequired: true,
  },
  {
    name: 'quantity',
    description: 'Pieces that stand for one of what failed; left out of a new one: 1',
    aliases: ['qty', 'pieces'],
    read: wholeNumberCell(1, 1000),
    initial: `'1'`,
  },
  {
    name: 'conditions',
    description: 'What has to be accepted',
    aliases: ['condition', 'note', 'notes', 'remarks'],
    read: textCell(longText(1000)),
    isClearable: true,
  },
];

const STATES_DEVICE = 's.device_manufacturer IS NOT NULL AND s.device_model IS NOT NULL';
const STATES_PART = 's.replaced_manufacturer IS NOT NULL AND s.replaced_part_number IS NOT NULL';

const RULES: readonly ImportRule[] = [
  ...partRules(),
  {
    field: 'device_model',
    when: `s.read_problems IS NULL
      AND num_nonnulls(s.device_manufacturer, s.device_model, s.replaced_manufacturer, s.replaced_part_number) = 0`,
    message: `'must be stated, or replaced_part_number: the device or the part that it serves in place of'`,
  },
  {
    field: 'replaced_part_number',
    when: `num_nonnulls(s.device_manufacturer, s.device_model) > 0
      AND num_nonnulls(s.replaced_manufacturer, s.replaced_part_number) > 0`,
    message: `'must be empty where a device is stated: it serves in place of one of both'`,
  },
  {
    field: 'device_model',
    when: 's.read_problems IS NULL AND num_nonnulls(s.device_manufacturer, s.device_model) = 1',
    message: `'goes with device_manufacturer: state both'`,
  },
  {
    field: 'replaced_part_number',
    when: 's.read_problems IS NULL AND num_nonnulls(s.replaced_manufacturer, s.replaced_part_number) = 1',
    message: `'goes with replaced_manufacturer: state both'`,
  },
  {
    field: 'device_model',
    when: `${STATES_DEVICE} AND device.id IS NULL`,
    message: `'there is no device model "' || s.device_model || '" of "' || s.device_manufacturer || '": make it first'`,
  },
  {
    field: 'device_model',
    when: 'device.retired_at IS NOT NULL AND c.id IS NULL',
    message: `'is a retired device model'`,
  },
  {
    field: 'replaced_part_number',
    when: `${STATES_PART} AND replaced.id IS NULL`,
    message: `'there is no part "' || s.replaced_part_number || '" of "' || s.replaced_manufacturer
      || '": bring the parts in first'`,
  },
  {
    field: 'replaced_part_number',
    when: 'replaced.retired_at IS NOT NULL AND c.id IS NULL',
    message: `'is a retired part'`,
  },
  {
    field: 'replaced_part_number',
    when: 'replaced.id = part.id',
    message: `'is the part itself: a part does not stand in for itself'`,
  },
];

/** Which part serves in place of which device or other part. What it serves for is decided once; an import removes no fit. */
export const FITS: ImportKind = {
  name: 'fits',
  noun: 'fit',
  writePermission: 'inventory.write',
  readPermission: 'inventory.read',
  fields: FIELDS,
  current: `SELECT f.id, p.manufacturer, p.part_number, m.manufacturer AS device_manufacturer, m.model AS device_model,
      r.manufacturer AS replaced_manufacturer, r.part_number AS replaced_part_number, f.rank::text AS rank,
      f.quantity::text AS quantity, f.conditions
    FROM part_fit f JOIN part p ON p.id = f.part_id LEFT JOIN device_model m ON m.id = f.device_model_id
      LEFT JOIN part r ON r.id = f.replaced_part_id`,
  joins: `${PART_JOIN}
    LEFT JOIN device_model device ON lower(device.manufacturer) = lower(s.device_manufacturer)
      AND lower(device.model) = lower(s.device_model)
    LEFT JOIN part replaced ON lower(replaced.manufacturer) = lower(s.replaced_manufacturer)
      AND lower(replaced.part_number) = lower(s.replaced_part_number)
    LEFT JOIN part_fit of_device ON of_device.part_id = part.id AND of_device.device_model_id = device.id
    LEFT JOIN part_fit of_part ON of_part.part_id = part.id AND of_part.replaced_part_id = replaced.id`,
  match: 'c.id = coalesce(of_device.id, of_part.id)',
  canonical: {
    ...PART_CANONICAL,
    device_manufacturer: 'coalesce(device.manufacturer, s.device_manufacturer)',
    device_model: 'coalesce(device.model, s.device_model)',
    replaced_manufacturer: 'coalesce(replaced.manufacturer, s.replaced_manufacturer)',
    replaced_part_number: 'coalesce(replaced.part_number, s.replaced_part_number)',
  },
  references: { part_id: 'part.id', device_model_id: 'device.id', replaced_part_id: 'replaced.id' },
  unique: [
    {
      field: 'part_number',
      by: `lower(s.manufacturer), lower(s.part_number), lower(coalesce(s.device_manufacturer, '')),
        lower(coalesce(s.device_model, '')), lower(coalesce(s.replaced_manufacturer, '')),
        lower(coalesce(s.replaced_part_number, ''))`,
    },
  ],
  rules: RULES,
  hold: holdFits,
  judge: judgeFitCounts,
  apply: applyFits,
};
