import { z } from 'zod';
import { lineIds } from './collect.ts';

const instant = z.iso.datetime({ offset: true });

const some = [
  (wish: object) => Object.keys(wish).some((key) => key !== 'lines'),
  { message: 'must name what is to change' },
] as const;

const which = { lines: lineIds.describe('Ids of the lines to change; without it, all that it concerns') };

/** Another due date for what is handed out. */
export const dueChange = z.strictObject({
  ...which,
  dueAt: instant.nullable().describe('When it should be back; null: nobody is reminded'),
});

/** Another time for a hold: what is held expires, and what was collected of it is due. */
export const holdChange = z
  .strictObject({
    ...which,
    expiresAt: instant.optional().describe('When what is held is free again'),
    dueAt: instant.nullable().optional().describe('When what was collected should be back'),
  })
  .refine(...some);

/** Another time for a reservation. */
export const reservationChange = z
  .strictObject({
    ...which,
    until: instant.optional().describe('The end of the window'),
    pickupBy: instant.optional().describe('Until when it waits for its holder'),
    dueAt: instant.nullable().optional().describe('When what was collected should be back'),
  })
  .refine(...some);

/** What is to change of an allocation's times. */
export interface TimeChange {
  readonly lines?: readonly string[] | undefined;
  readonly dueAt?: string | null | undefined;
  readonly expiresAt?: string | undefined;
  readonly until?: string | undefined;
  readonly pickupBy?: string | undefined;
}
