import { z } from 'zod';
import type { FieldProblem } from '../kernel/errors.ts';
import type { Lifecycle } from '../kernel/retirement.ts';
import { lineText } from '../kernel/text.ts';
import { type CustomValues, customValuesSchema } from './custom-field.ts';

/** By serial each piece is a unit of its own; in bulk only quantities are known. */
export const TRACKINGS = ['serial', 'bulk'] as const;
type Tracking = (typeof TRACKINGS)[number];

const PIECES_MAX = 1_000_000;

const pieces = z.int().min(0).max(PIECES_MAX);

const locationReserve = z.strictObject({
  locationId: z.uuid().toLowerCase().describe('The location; everything in it counts'),
  quantity: z.int().min(1).max(PIECES_MAX).describe('Pieces'),
});

const changeable = {
  manufacturer: lineText(80).describe('Who makes it'),
  partNumber: lineText(80).describe("The manufacturer's number; unique with the manufacturer, whatever the case"),
  name: lineText(160).describe('What people call it'),
  categoryId: z.uuid().toLowerCase().describe('Its category, which says what custom fields it has'),
  unitOfMeasure: lineText(20).describe('What one of it is: piece, metre'),
  custom: customValuesSchema.describe("Values of its category's custom fields, by their keys"),
  ownerId: z.uuid().toLowerCase().nullable().describe('The person or team that answers for it'),
  emergencyReserve: pieces.describe('Pieces that only an emergency may take, in total'),
  locationReserves: z
    .array(locationReserve)
    .max(100)
    .refine((all) => new Set(all.map(({ locationId }) => locationId)).size === all.length, {
      message: 'must name each location once',
    })
    .describe('Pieces that only an emergency may take, below single locations'),
  reorderPoint: pieces.nullable().describe('At so many pieces or fewer, more are to be ordered'),
  reorderQuantity: z.int().min(1).max(PIECES_MAX).nullable().describe('How many are ordered at once'),
  leadTimeDays: z.int().min(0).max(3660).nullable().describe('Days from the order to the delivery'),
  shelfLifeDays: z.int().min(1).max(36_600).nullable().describe('Days for which a piece can be kept'),
  testIntervalDays: z.int().min(1).max(3660).nullable().describe('Days after which a unit has to be tested again'),
  mtbfHours: z.int().min(1).max(1_000_000_000).nullable().describe('Mean time between failures of one, in hours'),
  annualFailureRate: z
    .number()
    .positive()
    .max(1000)
    .nullable()
    .describe('Failures of one in a year, instead of mtbfHours'),
  installedBase: z.int().min(0).max(100_000_000).nullable().describe('How many are at work'),
  unitCost: z
    .string()
    .regex(/^\d{1,12}(\.\d{1,2})?$/, 'must be an amount with at most 2 decimals, such as 12.50')
    .nullable()
    .describe('What one costs, as a decimal number: 12.50'),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be three capital letters')
    .nullable()
    .describe('The currency of the cost, ISO 4217'),
};

/** A new part. Whether it is tracked by serial or in bulk is decided once. */
export const newPartSchema = z.strictObject({
  ...changeable,
  tracking: z.enum(TRACKINGS).describe('By serial or in bulk; decided once'),
  unitOfMeasure: changeable.unitOfMeasure.default('piece'),
  custom: changeable.custom.default({}),
  ownerId: changeable.ownerId.default(null),
  emergencyReserve: changeable.emergencyReserve.default(0),
  locationReserves: changeable.locationReserves.default([]),
  reorderPoint: changeable.reorderPoint.default(null),
  reorderQuantity: changeable.reorderQuantity.default(null),
  leadTimeDays: changeable.leadTimeDays.default(null),
  shelfLifeDays: changeable.shelfLifeDays.default(null),
  testIntervalDays: changeable.testIntervalDays.default(null),
  mtbfHours: changeable.mtbfHours.default(null),
  annualFailureRate: changeable.annualFailureRate.default(null),
  installedBase: changeable.installedBase.default(null),
  unitCost: changeable.unitCost.default(null),
  currency: changeable.currency.default(null),
});

/** A change: what is named replaces what was there, custom values and location reserves as a whole. */
export const partChangeSchema = z
  .strictObject(changeable)
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'must change at least one field' });

export type NewPart = z.infer<typeof newPartSchema>;
export type PartChange = z.infer<typeof partChangeSchema>;

/** An entry of the catalogue: what can lie in stock. Money is a decimal string with two digits. */
export interface Part extends Lifecycle {
  readonly id: string;
  readonly manufacturer: string;
  readonly partNumber: string;
  readonly name: string;
  readonly category: { readonly id: string; readonly name: string };
  readonly tracking: Tracking;
  readonly unitOfMeasure: string;
  readonly custom: CustomValues;
  readonly owner: { readonly id: string; readonly kind: 'person' | 'team'; readonly name: string } | null;
  readonly emergencyReserve: number;
  readonly locationReserves: readonly {
    readonly location: { readonly id: string; readonly code: string };
    readonly quantity: number;
  }[];
  readonly reorderPoint: number | null;
  readonly reorderQuantity: number | null;
  readonly leadTimeDays: number | null;
  readonly shelfLifeDays: number | null;
  readonly testIntervalDays: number | null;
  readonly mtbfHours: number | null;
  readonly annualFailureRate: number | null;
  readonly installedBase: number | null;
  readonly unitCost: string | null;
  readonly currency: string | null;
}

/** A part as others name it. */
export interface PartRef {
  readonly id: string;
  readonly manufacturer: string;
  readonly partNumber: string;
  readonly name: string;
  readonly tracking: Tracking;
  readonly unitOfMeasure: string;
  readonly isRetired: boolean;
}

/** Fields of a part that only make sense together. */
type Coupled = Pick<
  Part,
  'reorderPoint' | 'reorderQuantity' | 'mtbfHours' | 'annualFailureRate' | 'unitCost' | 'currency'
>;

/** What a part says that contradicts itself; empty when nothing does. */
export function partContradictions(part: Coupled): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if ((part.reorderPoint === null) !== (part.reorderQuantity === null)) {
    const field = part.reorderPoint === null ? '#/reorderPoint' : '#/reorderQuantity';
    problems.push({ field, message: 'must be stated too: a reorder point goes with a quantity' });
  }
  if (part.mtbfHours !== null && part.annualFailureRate !== null) {
    problems.push({ field: '#/annualFailureRate', message: 'must be null when mtbfHours says how often it fails' });
  }
  if ((part.unitCost === null) !== (part.currency === null)) {
    const field = part.unitCost === null ? '#/unitCost' : '#/currency';
    problems.push({ field, message: 'must be stated too: a cost goes with a currency' });
  }
  return problems;
}
