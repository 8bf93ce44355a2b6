import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { instantOf } from '../kernel/clock.ts';
import { lineText } from '../kernel/text.ts';

/** What is retired, never deleted, because records name it. */
export interface Retirable {
  readonly id: string;
  /** Unique among its kind, whatever the case. */
  readonly name: string;
  readonly retired: { readonly at: Temporal.Instant; readonly reason: string } | null;
  readonly version: number;
  readonly createdAt: Temporal.Instant;
  readonly updatedAt: Temporal.Instant;
}

/** Which ones a list holds. */
const RETIRABLE_STATES = ['active', 'retired', 'all'] as const;
export type RetirableState = (typeof RETIRABLE_STATES)[number];

/** The columns of {@link Retirable} as a query selects them from the table `alias`, and the key of its list. */
export const retirableColumns = (alias: string) =>
  `${alias}.id, ${alias}.name, lower(${alias}.name) AS "nameKey", ${alias}.retired_at AS "retiredAt",
   ${alias}.retired_reason AS "retiredReason", ${alias}.version, ${alias}.created_at AS "createdAt",
   ${alias}.updated_at AS "updatedAt"`;

/** What {@link retirableColumns} gives. */
export interface RetirableRecord {
  readonly id: string;
  readonly name: string;
  readonly nameKey: string;
  readonly retiredAt: Date | null;
  readonly retiredReason: string | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export function retirableOf({ id, name, version, ...row }: RetirableRecord): Retirable {
  return {
    id,
    name,
    version,
    retired: row.retiredAt && { at: instantOf(row.retiredAt), reason: row.retiredReason ?? '' },
    createdAt: instantOf(row.createdAt),
    updatedAt: instantOf(row.updatedAt),
  };
}

/** How it begins in an answer. */
export const retirableView = {
  id: z.uuid(),
  name: z.string(),
  retired: z.object({ at: z.iso.datetime(), reason: z.string() }).nullable(),
  version: z.int().describe('Send it as If-Match with a change'),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
};

export function viewOfRetirable({ id, name, version, retired, createdAt, updatedAt }: Retirable) {
  return {
    id,
    name,
    version,
    retired: retired && { at: retired.at.toString(), reason: retired.reason },
    createdAt: createdAt.toString(),
    updatedAt: updatedAt.toString(),
  };
}

export const RETIRABLE_EXAMPLE = {
  id: '019aab2c-6f01-7c3e-9d52-6f1b0a4e8c11',
  retired: null,
  version: 1,
  createdAt: '2026-11-22T09:30:00Z',
  updatedAt: '2026-11-22T09:30:00Z',
};

export const RETIRED_EXAMPLE = { at: '2026-11-22T10:00:00Z', reason: 'Replaced by another' };

export const retirableStateQuery = z
  .enum(RETIRABLE_STATES)
  .default('active')
  .describe('Which ones: in use, retired, or both');

/** What a request to retire says. */
export const retireBody = z.strictObject({
  reason: lineText(500).describe('Why it is retired; kept with it for good'),
});
