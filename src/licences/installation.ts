import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { lineText } from '../kernel/text.ts';
import { SEATS_MAX } from './entitlement.ts';

/** An installation of a licensed product that somebody has found. */
export interface Installation {
  readonly id: string;
  readonly product: { readonly id: string; readonly vendor: string; readonly name: string };
  /** Who reports it. */
  readonly source: string;
  /** By which key the source knows it. */
  readonly key: string;
  readonly host: string;
  /** Seats that it takes, by whatever the product is counted. */
  readonly quantity: number;
  readonly discoveredAt: Temporal.Instant;
  readonly lastSeenAt: Temporal.Instant;
  /** Null while it is there. */
  readonly removedAt: Temporal.Instant | null;
}

/** What a field of an installation may be; an import reads its cells by the same. */
export const installationFacts = {
  source: lineText(80),
  key: lineText(200),
  host: lineText(160),
};

/** Installations of one report. */
const INSTALLATIONS_MAX = 1000;

const reported = z.strictObject({
  productId: z.uuid().toLowerCase().describe('The licensed product'),
  key: installationFacts.key.describe(
    'By which the source knows it; a report of the same key is of the same installation',
  ),
  host: installationFacts.host.describe('The host or asset on which it was found'),
  quantity: z.int().min(1).max(SEATS_MAX).default(1).describe('Seats that it takes'),
  seenAt: z.iso.datetime({ offset: true }).optional().describe('When it was seen; left out: now'),
  isRemoved: z.boolean().default(false).describe('It is not there any more'),
});

/** What a discovery tool reports. */
export const installationReportSchema = z.strictObject({
  source: installationFacts.source.describe('Who reports: the tool, and its scope'),
  installations: z
    .array(reported)
    .min(1)
    .max(INSTALLATIONS_MAX)
    .refine((all) => new Set(all.map(({ key }) => key.toLowerCase())).size === all.length, {
      message: 'must name each key once',
    })
    .describe('All of them or none are taken down; the same report again changes nothing'),
});
export type InstallationReport = z.infer<typeof installationReportSchema>;

/** What a report did. */
export interface ReportOutcome {
  readonly created: number;
  /** Seen again later, or otherwise than before. */
  readonly updated: number;
  /** Nothing about them is new. */
  readonly unchanged: number;
}
