import { z } from 'zod';
import type { Lifecycle } from '../kernel/retirement.ts';
import { lineText } from '../kernel/text.ts';

/** From the largest to the smallest: each lies in a larger one, and only sites lie in nothing. */
export const LOCATION_KINDS = ['site', 'room', 'rack', 'bin'] as const;
export type LocationKind = (typeof LOCATION_KINDS)[number];

/** What labels carry: letters and digits of any script, and `. _ / -` behind the first one. */
const codeText = z
  .string()
  .trim()
  .regex(
    /^[\p{L}\p{Nd}][\p{L}\p{Nd}._/-]{0,39}$/u,
    'must be 1 to 40 letters, digits and . _ / -, beginning with one of the first two',
  );

const fields = {
  code: codeText.describe('What its label says; unique among locations, whatever the case'),
  name: lineText(120).describe('What people call it'),
  kind: z.enum(LOCATION_KINDS).describe('A site holds rooms, racks and bins; a room racks and bins; a rack bins'),
  parentId: z.uuid().toLowerCase().nullable().describe('The location that it lies in; null for a site'),
};

/** A new location. */
export const newLocationSchema = z.strictObject({ ...fields, parentId: fields.parentId.default(null) });

/** A change. Another parent moves the location with everything in it. */
export const locationChangeSchema = z
  .strictObject(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'must change at least one field' });

export type NewLocation = z.infer<typeof newLocationSchema>;
export type LocationChange = z.infer<typeof locationChangeSchema>;

/** A place where things lie. */
export interface Location extends Lifecycle {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly kind: LocationKind;
  readonly parentId: string | null;
}

/** One step of the way to a location. */
export interface LocationStep {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly kind: LocationKind;
}

/** What lies somewhere: units by their state, and pieces of bulk parts. */
export interface LocationContents {
  readonly units: { readonly inStock: number; readonly quarantined: number };
  readonly stock: { readonly usable: number; readonly quarantined: number };
}

/** Whether one kind lies in another one, or in nothing. */
export function mayLieIn(kind: LocationKind, parent: LocationKind | null): boolean {
  return parent === null ? kind === 'site' : LOCATION_KINDS.indexOf(parent) < LOCATION_KINDS.indexOf(kind);
}
