import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import type { Owner } from '../../auth/owner.store.ts';
import type { Lifecycle } from '../../kernel/retirement.ts';
import { lineText } from '../../kernel/text.ts';
import { isZone } from '../../kernel/zone.ts';
import { type QuietTime, quietTimesSchema } from './quiet-time.ts';

/** What a channel carries: notices to a recipient (or to anybody), of some kinds, from an urgency on. */
const subscriptionSchema = z.strictObject({
  recipientId: z
    .uuid()
    .toLowerCase()
    .nullable()
    .default(null)
    .describe('The person, team or service account that is told; null: what is told to anybody'),
  kindPrefix: z
    .string()
    .max(100)
    .regex(/^[a-z0-9.-]*$/, 'must be the beginning of kinds such as backup.damaged')
    .default('')
    .describe('How the kinds of notices begin: `backup.` is all of backups; empty: every kind'),
  urgencyMin: z.int().min(1).max(4).default(1).describe('The least urgency, 1 to 4'),
  address: z
    .email()
    .max(254)
    .nullable()
    .default(null)
    .describe('For e-mail: where to; null: to whoever is told, and of a team to every member'),
});

const webhookFields = {
  url: z
    .string()
    .max(2000)
    .refine(isWebhookUrl, { message: 'must be an http or https URL without user, password and fragment' })
    .describe('Where messages are posted to. It may hold a token, so it is kept sealed and never shown'),
  expectBody: lineText(200)
    .nullable()
    .describe('For receivers that answer 200 and mean an error: a text that the answer to a taken message holds'),
};

const SECURITIES = ['tls', 'starttls', 'none'] as const;

const emailFields = {
  host: z
    .string()
    .max(253)
    .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/, 'must be the name or IPv4 address of a mail server')
    .describe('The mail server'),
  port: z.int().min(1).max(65_535).describe('Usually 587 with starttls, 465 with tls, 25 with none'),
  security: z.enum(SECURITIES).describe('tls: from the first byte; starttls: or not at all; none: in the clear'),
  user: lineText(254).nullable().describe('The account; null: the server asks for none'),
  password: z.string().min(1).max(1000).nullable().describe('Kept sealed and never shown'),
  from: z.email().max(254).describe('The address that mails come from'),
};

const fields = {
  name: lineText(120).describe('Unique among channels, whatever the case'),
  ownerId: z.uuid().toLowerCase().describe('The person or team that is told when it does not work any more'),
  messagesPerMinute: z.int().min(1).max(600).describe('The most that it carries in a minute; the rest waits'),
  digestAbove: z
    .int()
    .min(1)
    .max(100)
    .nullable()
    .describe('When more than so many wait for one address, one message lists them; null: never'),
  zone: z
    .string()
    .max(64)
    .refine(isZone, { message: 'must be a name of the time zone database, such as Asia/Shanghai' })
    .describe('The zone whose wall clock the quiet times mean'),
  quietTimes: quietTimesSchema,
  subscriptions: z.array(subscriptionSchema).max(200).describe('What it carries; several that fit are one message'),
};

/** A new channel. */
export const newChannelSchema = z.strictObject({
  ...fields,
  messagesPerMinute: fields.messagesPerMinute.default(60),
  digestAbove: fields.digestAbove.default(10),
  zone: fields.zone.default('UTC'),
  quietTimes: fields.quietTimes.default([]),
  subscriptions: fields.subscriptions.default([]),
  webhook: z
    .strictObject({ ...webhookFields, expectBody: webhookFields.expectBody.default(null) })
    .optional()
    .describe('A receiver of Standard Webhooks; or email'),
  email: z
    .strictObject({
      ...emailFields,
      port: emailFields.port.default(587),
      security: emailFields.security.default('starttls'),
      user: emailFields.user.default(null),
      password: emailFields.password.default(null),
    })
    .optional()
    .describe('A mail server (SMTP); or webhook'),
});

/** A change: what is named replaces what was there, the subscriptions as a whole. */
export const channelChangeSchema = z
  .strictObject({
    ...fields,
    webhook: z.strictObject(webhookFields).partial().describe('What changes of the receiver'),
    email: z.strictObject(emailFields).partial().describe('What changes of the mail server'),
  })
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'must change at least one field' });

export type NewChannel = z.output<typeof newChannelSchema>;
export type ChannelChange = z.output<typeof channelChangeSchema>;
export type Subscription = z.output<typeof subscriptionSchema>;

/** A mail server, without the password. */
export interface EmailSettings {
  readonly host: string;
  readonly port: number;
  readonly security: (typeof SECURITIES)[number];
  readonly user: string | null;
  readonly from: string;
}

/** A configured way out for notices, without its secrets. */
export interface Channel extends Lifecycle {
  readonly id: string;
  readonly name: string;
  readonly owner: Owner;
  /** Scheme, host and port: all that may be shown of where it leads. */
  readonly destination: string;
  /** Null: it is e-mail. */
  readonly webhook: {
    readonly expectBody: string | null;
    /** Until when messages are signed with the secret before the present one, too. */
    readonly previousSecretUntil: Temporal.Instant | null;
  } | null;
  /** Null: it is a webhook. */
  readonly email: (EmailSettings & { readonly hasPassword: boolean }) | null;
  readonly messagesPerMinute: number;
  readonly digestAbove: number | null;
  readonly zone: string;
  readonly quietTimes: readonly QuietTime[];
  readonly subscriptions: readonly Subscription[];
  /** Since when, and why, nothing new is given to it. */
  readonly disabled: { readonly at: Temporal.Instant; readonly reason: string } | null;
  /** Sends that failed since the last one that arrived, and until when it is left in peace because of them. */
  readonly failuresInRow: number;
  readonly pausedUntil: Temporal.Instant | null;
}

function isWebhookUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return false;
  return url.username === '' && url.password === '' && url.hash === '' && !/[\s\p{Cc}]/u.test(text);
}
