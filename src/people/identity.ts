import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { ROLES, type Role } from '../auth/permissions.ts';
import { lineText } from '../kernel/text.ts';

/** What persons, teams and service accounts have in common: the principal that they are. */
export interface Identity {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly Role[];
  /** Since when it may do nothing any more; null while it may. */
  readonly disabledAt: Temporal.Instant | null;
  /** Counts the changes of any part of it. */
  readonly version: number;
  readonly createdAt: Temporal.Instant;
}

export const nameSchema = lineText(200).describe('Unique among persons, teams and service accounts, whatever the case');

export const rolesSchema = z
  .array(z.enum(ROLES))
  .max(ROLES.length)
  .refine((roles) => new Set(roles).size === roles.length, { message: 'must name each role once' })
  .describe('Everything that it may do; none: it may do nothing');

/** True when a change names at least one field. */
export const changesSomething = [
  (change: object) => Object.keys(change).length > 0,
  { message: 'must change at least one field' },
] as const;
