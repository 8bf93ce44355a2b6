import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { lineText, longText } from '../kernel/text.ts';
import type { UnitState } from './unit-state.ts';

/** How good a piece is. A damaged one cannot lie in stock. */
export const UNIT_CONDITIONS = ['new', 'good', 'worn', 'damaged'] as const;
export type UnitCondition = (typeof UNIT_CONDITIONS)[number];

/** One serialised piece of a part. Days are ISO dates in UTC. */
export interface Unit {
  readonly id: string;
  readonly part: { readonly id: string; readonly partNumber: string; readonly name: string };
  readonly serial: string;
  readonly assetTag: string | null;
  readonly state: UnitState;
  /** In stock, not past its expiry, and tested while its part asks for tests. */
  readonly isUsable: boolean;
  readonly location: { readonly id: string; readonly code: string; readonly path: string } | null;
  readonly deployedService: { readonly id: string; readonly name: string } | null;
  readonly condition: UnitCondition;
  readonly supplier: string | null;
  readonly firmware: string | null;
  readonly warrantyUntil: string | null;
  readonly expiresOn: string | null;
  readonly lastTestedAt: Temporal.Instant | null;
  readonly testDueOn: string | null;
  readonly lastSeenAt: Temporal.Instant | null;
  readonly note: string | null;
  readonly version: number;
  readonly createdAt: Temporal.Instant;
  readonly updatedAt: Temporal.Instant;
}

const EARLIEST = '1970-01-01';

/** A day from 1970 on, as an ISO date. */
export const day = () => z.iso.date().refine((text) => text >= EARLIEST, { message: `must not be before ${EARLIEST}` });

/** An instant from 1970 on, in UTC. */
export const instant = () =>
  z.iso.datetime().refine((text) => text >= EARLIEST, { message: `must not be before ${EARLIEST}` });

/** What a label bears. Unique among all units, whatever the case. */
const assetTag = () =>
  z
    .string()
    .trim()
    .regex(
      /^[\p{L}\p{Nd}][\p{L}\p{Nd}._/-]{0,39}$/u,
      'must be 1 to 40 letters, digits and . _ / -, first a letter or digit',
    )
    .describe('What its label bears: unique among units, whatever the case');

/** The facts that a unit is received with and that can be corrected later. */
export const unitFacts = {
  assetTag: assetTag(),
  condition: z.enum(UNIT_CONDITIONS).describe('How good it is; a damaged one cannot lie in stock'),
  supplier: lineText(120).describe('Who sold it'),
  firmware: lineText(80).describe('The firmware that is on it'),
  warrantyUntil: day().describe('The last day of its warranty'),
  expiresOn: day().describe('The last day of its shelf life'),
  note: longText(1000)
    .pipe(z.string().min(1, 'must not be empty: send null to take it away'))
    .describe('Anything else'),
};

/** The same, or null to take it away. */
export const clearable = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullable().describe(`${schema.description ?? ''}; null takes it away`);

/** A change of a unit's own facts: what is named replaces what was there, null takes it away. */
export const unitChangeSchema = z
  .strictObject({
    assetTag: clearable(unitFacts.assetTag),
    condition: unitFacts.condition,
    supplier: clearable(unitFacts.supplier),
    firmware: clearable(unitFacts.firmware),
    warrantyUntil: clearable(unitFacts.warrantyUntil),
    expiresOn: clearable(unitFacts.expiresOn),
    note: clearable(unitFacts.note),
  })
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'must change at least one field' });

export type UnitChange = z.infer<typeof unitChangeSchema>;
