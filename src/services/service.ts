import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { SEVERITIES, type Severity } from '../kernel/severity.ts';
import { lineText, longText } from '../kernel/text.ts';

const uniqueIds = (maxItems: number, what: string) =>
  z
    .array(z.uuid().toLowerCase())
    .max(maxItems)
    .refine((ids) => new Set(ids).size === ids.length, { message: `must name each ${what} once` });

const uniqueBy = <Item>(key: (item: Item) => string, what: string) =>
  [
    (items: readonly Item[]) => new Set(items.map((item) => key(item).toLowerCase())).size === items.length,
    { message: `must name each ${what} once` },
  ] as const;

const quantity = z.int().min(1).max(10_000);

const spare = z.strictObject({ part: lineText(100).describe('Part number, or another name of the part'), quantity });
const seat = z.strictObject({ product: lineText(100).describe('Name of the licensed product'), quantity });

/**
 * What a recovery needs besides the data. Stored as stated; `serviceCoverage` holds it against the pool. The bounds keep the
 * audit entry of the largest service below its limit.
 */
export const requirementsSchema = z.strictObject({
  spares: z
    .array(spare)
    .max(50)
    .refine(...uniqueBy<z.infer<typeof spare>>((item) => item.part, 'part')),
  seats: z
    .array(seat)
    .max(50)
    .refine(...uniqueBy<z.infer<typeof seat>>((item) => item.product, 'product')),
  skills: z
    .array(lineText(100))
    .max(30)
    .refine(...uniqueBy<string>((item) => item, 'skill')),
});

const fields = {
  name: lineText(120).describe('Unique among services, whatever the case'),
  criticality: z.enum(SEVERITIES).describe('The severity of its loss: decides which SLA targets hold'),
  ownerId: z.uuid().toLowerCase().describe('The person or team that answers for it'),
  customer: longText(500).describe('For whom it runs'),
  dependencies: uniqueIds(100, 'service').describe('Ids of the services that must run before it can'),
  backupSets: uniqueIds(100, 'backup set').describe('Ids of the backup sets that bring its data back'),
  requirements: requirementsSchema.describe('What its recovery needs: spares, licence seats, skills'),
  maxProofAgeDays: z.int().min(1).max(3660).describe('After so many days a passed drill proves nothing any more'),
};

/** A new service. */
export const newServiceSchema = z.strictObject({
  ...fields,
  customer: fields.customer.default(''),
  dependencies: fields.dependencies.default([]),
  backupSets: fields.backupSets.default([]),
  requirements: fields.requirements.default({ spares: [], seats: [], skills: [] }),
});

/** A change: what is named replaces what was there, lists as a whole. */
export const serviceChangeSchema = z
  .strictObject(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'must change at least one field' });

export type Requirements = z.infer<typeof requirementsSchema>;
export type NewService = z.infer<typeof newServiceSchema>;
export type ServiceChange = z.infer<typeof serviceChangeSchema>;

/** Whether requirements are declared. Whether they are met depends on the moment: the service's coverage says it. */
export type RequirementsCheck = 'none declared' | 'see coverage';

/** One entry of the service register: what must be recovered, for whom, and what that takes. */
export interface Service {
  readonly id: string;
  readonly name: string;
  readonly criticality: Severity;
  readonly owner: { readonly id: string; readonly kind: 'person' | 'team'; readonly name: string };
  readonly customer: string;
  readonly dependencies: readonly string[];
  readonly backupSets: readonly string[];
  readonly requirements: Requirements;
  readonly maxProofAgeDays: number;
  /** Muster itself: it can be neither renamed nor retired. */
  readonly system: boolean;
  readonly retired: { readonly at: Temporal.Instant; readonly reason: string } | null;
  readonly version: number;
  readonly createdAt: Temporal.Instant;
  readonly updatedAt: Temporal.Instant;
}

/** What can be said about a service's requirements without looking into the pool. */
export function requirementsCheckOf({ spares, seats, skills }: Requirements): RequirementsCheck {
  return spares.length + seats.length + skills.length === 0 ? 'none declared' : 'see coverage';
}
