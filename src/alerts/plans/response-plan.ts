import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import type { RetirableTable } from '../../database/retirable-row.ts';
import type { Lifecycle } from '../../kernel/retirement.ts';
import { lineText, longText } from '../../kernel/text.ts';
import { ALERT_LEVELS } from '../alert.ts';
import { dutyRoleSchema, type NamedRole } from '../routing/duty-role.ts';

const STEPS_MAX = 50;
const NEEDS_MAX = 50;
const SECONDS_MAX = 30 * 86_400;
const AGE_SECONDS_MAX = 10 * 366 * 86_400;

const id = z.uuid().toLowerCase();
const quantity = z.int().min(1).max(10_000);

const once = <Item>(thingOf: (item: Item) => string) =>
  [
    (items: readonly Item[]) => new Set(items.map(thingOf)).size === items.length,
    { message: 'must name each thing once' },
  ] as const;

const stepSchema = z.strictObject({
  text: lineText(500).describe('What is to be done'),
  limitSeconds: z.int().min(1).max(SECONDS_MAX).describe('How long it may take'),
  role: dutyRoleSchema,
});

const spareSchema = z.union([
  z.strictObject({ partId: id, quantity }).describe('Pieces of a part'),
  z.strictObject({ deviceModelId: id, quantity }).describe('What serves in place of so many failed devices'),
]);

const seatSchema = z.strictObject({ productId: id, quantity });

const backupSchema = z.strictObject({
  backupSetId: id,
  youngerThanSeconds: z.int().min(60).max(AGE_SECONDS_MAX).describe('How old its newest sound recovery point may be'),
});

const content = {
  name: lineText(120).describe('What people call it'),
  note: longText(2000).default('').describe('What it is about; empty for nothing to say'),
  steps: z.array(stepSchema).min(1).max(STEPS_MAX).describe('In their order'),
  spares: z
    .array(spareSchema)
    .max(NEEDS_MAX)
    .refine(...once<z.output<typeof spareSchema>>(spareThing))
    .default([])
    .describe('Spares that it takes, each named once'),
  seats: z
    .array(seatSchema)
    .max(NEEDS_MAX)
    .refine(...once<z.output<typeof seatSchema>>(({ productId }) => productId))
    .default([])
    .describe('Seats that it takes, each product named once'),
  backups: z
    .array(backupSchema)
    .max(NEEDS_MAX)
    .refine(...once<z.output<typeof backupSchema>>(({ backupSetId }) => backupSetId))
    .default([])
    .describe('Backups that it takes, each set named once'),
};

/** What one edition of a plan says. */
export const planContentSchema = z.strictObject(content);

/** A new plan. */
export const newPlanSchema = z.strictObject({
  level: z
    .int()
    .min(1)
    .max(ALERT_LEVELS.length)
    .describe('The level of alerts that it is for; a higher one is more urgent'),
  serviceId: id
    .nullable()
    .default(null)
    .describe('The service that it is for; null: every service without a plan of its own at this level'),
  ...content,
});

export type PlanContent = z.output<typeof planContentSchema>;
export type NewPlan = z.output<typeof newPlanSchema>;
export type PlannedSpare = z.output<typeof spareSchema>;

/** The id of the part or device model that a line of spares names. */
export function spareThing(spare: PlannedSpare): string {
  return 'partId' in spare ? spare.partId : spare.deviceModelId;
}

interface Named {
  readonly id: string;
  readonly name: string;
}

/** One step of a plan, with the names that people know things by. */
interface PlanStep {
  readonly text: string;
  readonly limitSeconds: number;
  readonly role: NamedRole;
}

/** What one edition says, with the names that people know things by. */
export interface PlanEdition {
  /** Counted from 1 within the plan. It never changes; another decision is another edition. */
  readonly edition: number;
  readonly name: string;
  readonly note: string;
  readonly steps: readonly PlanStep[];
  readonly spares: readonly (Named & { readonly kind: 'part' | 'device-model'; readonly quantity: number })[];
  readonly seats: readonly (Named & { readonly quantity: number })[];
  readonly backups: readonly (Named & { readonly youngerThanSeconds: number })[];
  readonly createdAt: Temporal.Instant;
  readonly createdBy: Named | null;
}

/** What is done about an alert of a level of a service, in the edition that holds. */
export interface ResponsePlan extends PlanEdition, Omit<Lifecycle, 'createdAt'> {
  readonly id: string;
  readonly level: number;
  /** Null: for every service without a plan of its own at this level. */
  readonly service: Named | null;
}

export const RESPONSE_PLAN_TABLE: RetirableTable = {
  table: 'response_plan',
  words: 'response plan',
  title: `(SELECT e.name FROM response_plan_edition e
     WHERE (e.plan_id, e.edition) = (response_plan.id, response_plan.edition))`,
};
