import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { lineText } from '../kernel/text.ts';
import type { Suppression } from './alert.ts';

const instantSchema = z.iso.datetime({ offset: true, abort: true }).transform((text) => Temporal.Instant.from(text));

const span = {
  reason: lineText(500).describe('Why nobody is to be told'),
  startsAt: instantSchema.optional().describe('Now when left out'),
  endsAt: instantSchema.describe('When it ends by itself, at most 90 days after it starts'),
};

/** What matches is told to nobody. */
export const newSilenceSchema = z
  .strictObject({
    ruleId: z.uuid().toLowerCase().optional().describe('Only alerts of this rule'),
    key: lineText(300).optional().describe('Only alerts of this subject, as alerts name its key'),
    serviceId: z.uuid().toLowerCase().optional().describe('Only alerts that concern this service'),
    ...span,
  })
  .refine(({ ruleId, key, serviceId }) => ruleId ?? key ?? serviceId, {
    message: 'must say what it silences: ruleId, key or serviceId',
    path: ['ruleId'],
  });

/** What concerns a service is told to nobody while somebody works on it. */
export const newMaintenanceSchema = z.strictObject({
  serviceId: z.uuid().toLowerCase().describe('The service that somebody works on'),
  ...span,
});

export type NewSuppression = z.output<typeof newSilenceSchema>;

/** A span in which what matches is told to nobody. What it leaves null matches everything. */
export interface AlertSuppression {
  readonly id: string;
  readonly kind: Suppression;
  readonly ruleId: string | null;
  readonly ruleName: string | null;
  readonly key: string | null;
  readonly serviceId: string | null;
  readonly serviceName: string | null;
  readonly reason: string;
  readonly startsAt: Temporal.Instant;
  readonly endsAt: Temporal.Instant;
  readonly createdBy: { readonly id: string; readonly name: string };
  readonly createdAt: Temporal.Instant;
  /** When somebody ended it early. */
  readonly ended: { readonly at: Temporal.Instant; readonly byId: string } | null;
}

/** What of an alert a suppression is held against. */
interface Suppressible {
  readonly ruleId: string;
  readonly key: string;
  readonly serviceId: string | null;
}

/** What suppresses an alert, of those that hold now: maintenance goes before a silence. */
export function suppressionOf(
  holding: readonly Pick<AlertSuppression, 'kind' | 'ruleId' | 'key' | 'serviceId'>[],
  { ruleId, key, serviceId }: Suppressible,
): Suppression | null {
  const kinds = holding
    .filter((one) => one.ruleId === null || one.ruleId === ruleId)
    .filter((one) => one.key === null || one.key === key)
    .filter((one) => one.serviceId === null || one.serviceId === serviceId)
    .map(({ kind }) => kind);
  return kinds.includes('maintenance') ? 'maintenance' : (kinds[0] ?? null);
}
