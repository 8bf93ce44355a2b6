import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { lineText } from '../kernel/text.ts';
import { day } from './licence-day.ts';
import type { Retirement } from './product.ts';

/** What one seat is counted by. */
export const LICENCE_METRICS = ['named-user', 'device', 'concurrent', 'core', 'site'] as const;

export type LicenceMetric = (typeof LICENCE_METRICS)[number];

/** Seats that one entitlement can give. */
export const SEATS_MAX = 10_000_000;

/** Money as decimal text, because a binary fraction would lose cents. */
export const costSchema = z.strictObject({
  amount: z
    .string()
    .max(15)
    .regex(/^\d{1,12}(\.\d{1,2})?$/, 'must be a decimal number with at most two places: "1200.50"')
    .describe('Decimal text, at most two places'),
  currency: z
    .string()
    .max(3)
    .regex(/^[A-Z]{3}$/, 'must be a currency code of three capitals (ISO 4217): "EUR"')
    .describe('ISO 4217 code'),
});

/** Whether check-outs may go above the quantity. */
export const overuseSchema = z.discriminatedUnion('policy', [
  z.strictObject({ policy: z.literal('deny').describe('No seat above the quantity') }),
  z.strictObject({
    policy: z.literal('allow').describe('Above the quantity with a warning'),
    percentMax: z.int().min(1).max(1000).describe('How far above the quantity, in percent of it'),
  }),
]);

const fields = {
  name: lineText(160).describe('What people call it: the order, the site, the edition'),
  metric: z.enum(LICENCE_METRICS).describe('What one seat is counted by'),
  quantity: z.int().min(0).max(SEATS_MAX).describe('Seats that it gives'),
  startsOn: day.describe('First day of the right, in UTC'),
  endsOn: day.nullable().describe('Last day of the right, in UTC, itself included; null when it is perpetual'),
  supportEndsOn: day.nullable().describe('Last day of support and updates, in UTC; null when none is known'),
  contract: lineText(120).nullable().describe('Number or name of the contract'),
  cost: costSchema.nullable().describe('What it cost as a whole'),
  ownerId: z.uuid().toLowerCase().nullable().describe('The person or team that answers for it'),
  emergencyReserve: z.int().min(0).max(SEATS_MAX).describe('Seats that only an emergency may take'),
  overuse: overuseSchema.describe('Whether check-outs may go above the quantity'),
  note: lineText(1000).nullable().describe('What else one should know'),
};

/** A new entitlement to use a product. */
export const newEntitlementSchema = z.strictObject({
  productId: z.uuid().toLowerCase().describe('The product that it is for; never changes'),
  ...fields,
  endsOn: fields.endsOn.default(null),
  supportEndsOn: fields.supportEndsOn.default(null),
  contract: fields.contract.default(null),
  cost: fields.cost.default(null),
  ownerId: fields.ownerId.default(null),
  emergencyReserve: fields.emergencyReserve.default(0),
  overuse: fields.overuse.default({ policy: 'deny' }),
  note: fields.note.default(null),
});

/** A change: what is named replaces what was there. */
export const entitlementChangeSchema = z
  .strictObject(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'must change at least one field' });

export type NewEntitlement = z.infer<typeof newEntitlementSchema>;
export type EntitlementChange = z.infer<typeof entitlementChangeSchema>;

/** A right to use a licensed product. */
export interface Entitlement {
  readonly id: string;
  readonly product: {
    readonly id: string;
    readonly vendor: string;
    readonly name: string;
    readonly productVersion: string | null;
  };
  readonly name: string;
  readonly metric: LicenceMetric;
  readonly quantity: number;
  readonly term: 'perpetual' | 'term';
  readonly startsOn: string;
  readonly endsOn: string | null;
  readonly supportEndsOn: string | null;
  readonly contract: string | null;
  readonly cost: z.infer<typeof costSchema> | null;
  readonly owner: { readonly id: string; readonly kind: 'person' | 'team'; readonly name: string } | null;
  readonly emergencyReserve: number;
  readonly overuse: z.infer<typeof overuseSchema>;
  readonly note: string | null;
  readonly retired: Retirement | null;
  readonly version: number;
  readonly createdAt: Temporal.Instant;
  readonly updatedAt: Temporal.Instant;
}
