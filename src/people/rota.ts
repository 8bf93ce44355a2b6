import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import type { Owner } from '../auth/owner.store.ts';
import type { Lifecycle } from '../kernel/retirement.ts';
import { lineText } from '../kernel/text.ts';
import { timeSchema, weeklyWindowOf, windowFields } from '../kernel/weekly-window.ts';
import { isZone } from '../kernel/zone.ts';
import { changesSomething } from './identity.ts';
import { type Layer, ROTATION_UNITS } from './on-call.ts';
import { instantSchema } from './profile.ts';

const windowSchema = z
  .strictObject(windowFields)
  .transform(weeklyWindowOf)
  .refine(({ fromMinute, untilMinute }) => fromMinute !== untilMinute, {
    message: 'must end at another time than it begins: a layer without windows always holds',
  });

const layerSchema = z
  .strictObject({
    participants: z.array(z.uuid().toLowerCase()).max(50).describe('Ids of persons, in the order of their turns'),
    rotation: z
      .strictObject({ unit: z.enum(ROTATION_UNITS), length: z.int().min(1).max(366) })
      .describe('How long a turn is, by the wall clock'),
    startsOn: z.iso
      .date()
      .refine((date) => date >= '1970-01-01' && date <= '2200-12-31', { message: 'must lie between 1970 and 2200' })
      .describe('The date of the first handover; its weekday is that of all handovers of weeks'),
    handoverAt: timeSchema,
    windows: z.array(windowSchema).max(50).default([]).describe('When the layer holds; none: always'),
  })
  .transform(({ startsOn, handoverAt, ...layer }): Layer => {
    const startsAt = Temporal.PlainDateTime.from(`${startsOn}T${handoverAt}`);
    return { ...layer, startsAtWallMs: startsAt.toZonedDateTime('UTC').epochMilliseconds };
  });

const fields = {
  name: lineText(120).describe('Unique among rotas, whatever the case'),
  zone: z
    .string()
    .max(64)
    .refine(isZone, { message: 'must be a name of the time zone database, such as Asia/Shanghai' })
    .describe('The zone whose wall clock handovers and windows mean'),
  ownerId: z.uuid().toLowerCase().describe('The person or team that answers for it'),
  serviceId: z.uuid().toLowerCase().nullable().describe('The service that it covers, if it is one'),
  fieldId: z.uuid().toLowerCase().nullable().describe('The field of skills that whoever is on call needs, if any'),
  layers: z.array(layerSchema).max(10).describe('In their order: the first that holds somebody decides'),
};

/** A new rota. */
export const newRotaSchema = z.strictObject({
  ...fields,
  serviceId: fields.serviceId.default(null),
  fieldId: fields.fieldId.default(null),
});

/** A change: what is named replaces what was there, the layers as a whole. */
export const rotaChangeSchema = z
  .strictObject(fields)
  .partial()
  .refine(...changesSomething);

/** A new override. */
export const newOverrideSchema = z
  .strictObject({
    kind: z.enum(['take over', 'remove']).describe('Put the person on call, or take them off; then nobody is'),
    personId: z.uuid().toLowerCase().describe('Who takes over, or is taken off'),
    from: instantSchema.describe('From when it holds'),
    until: instantSchema.describe('Not included'),
    reason: lineText(500).describe('Why; kept with it for good'),
  })
  .refine(({ from, until }) => Temporal.Instant.compare(from, until) < 0, {
    message: 'must lie after from',
    path: ['until'],
  });

export type NewRota = z.output<typeof newRotaSchema>;
export type RotaChange = z.output<typeof rotaChangeSchema>;
export type NewOverride = z.output<typeof newOverrideSchema>;

/** A rota as it is kept. */
export interface Rota extends Lifecycle {
  readonly id: string;
  /** Unique among rotas, whatever the case. */
  readonly name: string;
  readonly zone: string;
  readonly owner: Owner;
  readonly serviceId: string | null;
  readonly field: { readonly id: string; readonly name: string } | null;
  readonly layers: readonly Layer[];
}

/** An override as it is kept. */
export interface RotaOverride extends NewOverride {
  readonly personName: string;
  readonly id: string;
  readonly cancelledAt: Temporal.Instant | null;
}
