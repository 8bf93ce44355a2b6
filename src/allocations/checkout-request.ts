import { z } from 'zod';
import { SEVERITIES } from '../kernel/severity.ts';
import { lineText } from '../kernel/text.ts';
import { HOLDER_KINDS, PURPOSES } from './allocation.ts';
import { kitWish } from './kit.ts';

/** The longest that a hold may last. */
export const HOLD_DAYS_MAX = 90;

/** How long a reservation waits for its holder when the wish does not say. */
const PICKUP_GRACE_MINUTES = 24 * 60;

const id = z.uuid().toLowerCase();
const instant = z.iso.datetime({ offset: true });
const pieces = z.int().min(1).max(1_000_000);
const assignee = lineText(160).optional().describe('Who or what sits on the seats: a user, a device');

/** One thing that is wanted: which keys it has says how it is named. */
const plainLines = [
  z.strictObject({ unitId: id }).describe('This unit'),
  z.strictObject({ assetTag: lineText(40) }).describe('The unit with this asset tag'),
  z
    .strictObject({
      partId: id,
      quantity: pieces,
      locationId: id.optional().describe('Take from here, and from below it, first'),
    })
    .describe('So many pieces of a part: the system picks'),
  z.strictObject({ serial: lineText(80), partId: id.optional() }).describe('The unit with this serial number'),
  z.strictObject({ stockId: id, quantity: pieces }).describe('So many pieces of this stock row'),
  z.strictObject({ entitlementId: id, quantity: pieces, assignee }).describe('Seats of this entitlement'),
  z
    .strictObject({ productId: id, quantity: pieces, assignee })
    .describe('Seats of a product: of the entitlement that ends first'),
  z
    .strictObject({
      deviceModelId: id,
      quantity: z.int().min(1).max(10_000),
      acceptConditions: z.boolean().optional().describe('Also take what fits under a condition only'),
    })
    .describe('What serves in place of so many failed devices of a model, the best fit first'),
] as const;

const line = z.union(plainLines);
const basketLine = z.union([...plainLines, kitWish.describe('Everything that so many kits are made of')]);

/** The subject of SLA clocks that an emergency has. */
export const emergencyCase = lineText(200);

const common = {
  purpose: z.enum(PURPOSES).describe('What it is for'),
  severity: z.enum(SEVERITIES).optional().describe('Of the incident, or of what the drill rehearses; others have none'),
  holder: z
    .strictObject({ kind: z.enum(HOLDER_KINDS), id })
    .describe('Who has it: an active person or team, a service, a project'),
  serviceId: id.optional().describe('For which service'),
  note: lineText(1000).optional().describe('Anything that people should know'),
  reserve: z
    .strictObject({
      reason: lineText(500).describe('Why'),
      case: emergencyCase.describe('The open emergency that it is for: the number of its incident, or of its case'),
    })
    .optional()
    .describe('Asks to take from the emergency reserve: for an incident of severity emergency only'),
  lines: z.array(basketLine).min(1).max(100).describe('What is wanted: all of it or nothing'),
};

interface OfPurpose {
  readonly purpose: string;
  readonly severity?: string | undefined;
}

const severityOfPurpose = ({ purpose, severity }: OfPurpose) =>
  ['drill', 'incident'].includes(purpose) === (severity !== undefined);

const SEVERITY = {
  path: ['severity'],
  message: 'drills and incidents have a severity, loans and maintenance have none',
};

/** What is to be handed out now. */
export const checkoutRequest = z
  .strictObject({
    ...common,
    dueAt: instant.optional().describe('When it should be back; without it, nobody is reminded'),
  })
  .refine(severityOfPurpose, SEVERITY);

/** What is to be kept for somebody who comes for it soon. */
export const holdRequest = z
  .strictObject({
    ...common,
    expiresAt: instant.describe(`When it is free again, at most ${HOLD_DAYS_MAX} days ahead`),
  })
  .refine(severityOfPurpose, SEVERITY);

/** What is to be there for somebody in a window of time. */
export const reservationRequest = z
  .strictObject({
    ...common,
    window: z.strictObject({ from: instant, until: instant }).describe('From when until when, the end not included'),
    pickupGraceMinutes: z
      .int()
      .min(1)
      .max(30 * 24 * 60)
      .default(PICKUP_GRACE_MINUTES)
      .describe('How long after the beginning it waits for its holder before it is free again'),
  })
  .refine(severityOfPurpose, SEVERITY);

export type WishLine = z.infer<typeof line>;

/** A line as a caller states it: it may stand for whole kits. */
export type BasketLine = z.infer<typeof basketLine>;

/** What somebody wants to have, and in which form. */
export type AllocationWish =
  | ({ readonly form: 'checkout' } & z.infer<typeof checkoutRequest>)
  | ({ readonly form: 'hold' } & z.infer<typeof holdRequest>)
  | ({ readonly form: 'reservation' } & z.infer<typeof reservationRequest>);

type WithPlainLines<Wish> = Wish extends unknown ? Omit<Wish, 'lines'> & { readonly lines: WishLine[] } : never;

/** A wish whose kits are spelt out. */
export type PlainWish = WithPlainLines<AllocationWish>;
