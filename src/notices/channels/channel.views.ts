import { z } from 'zod';
import { LIFECYCLE_EXAMPLE, lifecycleView, viewOfLifecycle } from '../../kernel/retirement.ts';
import { windowView } from '../../kernel/weekly-window.ts';
import type { Channel } from './channel.ts';
import { viewOfQuietTime } from './quiet-time.ts';

export const channelView = z.object({
  id: z.uuid(),
  name: z.string(),
  owner: z.object({ id: z.uuid(), kind: z.enum(['person', 'team']), name: z.string() }),
  destination: z.string().describe('Scheme, host and port; the rest of it may be a secret, and is never shown'),
  webhook: z
    .object({
      expectBody: z.string().nullable(),
      previousSecretUntil: z.iso.datetime().nullable().describe('Until when the secret before this one signs as well'),
    })
    .nullable(),
  email: z
    .object({
      ...{ host: z.string(), port: z.int(), security: z.enum(['tls', 'starttls', 'none']) },
      ...{ user: z.string().nullable(), from: z.string(), hasPassword: z.boolean() },
    })
    .nullable(),
  messagesPerMinute: z.int(),
  digestAbove: z.int().nullable(),
  zone: z.string(),
  quietTimes: z.array(z.object({ ...windowView, urgentFrom: z.int() })),
  subscriptions: z.array(
    z.object({
      recipientId: z.uuid().nullable(),
      kindPrefix: z.string(),
      urgencyMin: z.int().min(1).max(4),
      address: z.string().nullable(),
    }),
  ),
  disabled: z.object({ at: z.iso.datetime(), reason: z.string() }).nullable(),
  failuresInRow: z.int().describe('Sends that failed since the last one that arrived'),
  pausedUntil: z.iso.datetime().nullable().describe('Until when it is left in peace because of them'),
  ...lifecycleView,
});

export function viewOfChannel(channel: Channel): z.input<typeof channelView> {
  const { id, name, owner, destination, webhook, email, subscriptions, disabled, failuresInRow } = channel;
  const { messagesPerMinute, digestAbove, zone, quietTimes } = channel;
  return {
    ...{ id, name, owner, destination, email, messagesPerMinute, digestAbove, zone, failuresInRow },
    quietTimes: quietTimes.map(viewOfQuietTime),
    webhook: webhook && { ...webhook, previousSecretUntil: webhook.previousSecretUntil?.toString() ?? null },
    subscriptions: [...subscriptions],
    disabled: disabled && { at: disabled.at.toString(), reason: disabled.reason },
    pausedUntil: channel.pausedUntil?.toString() ?? null,
    ...viewOfLifecycle(channel),
  };
}

const QUIET = {
  ...{ fromWeekday: 'friday' as const, from: '18:00', untilWeekday: 'monday' as const, until: '08:00' },
  urgentFrom: 3 as const,
};

export const NEW_CHANNEL = {
  name: 'Operations room',
  ownerId: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d',
  webhook: { url: 'https://hooks.example.org/muster/6f1b0a4e' },
  subscriptions: [{ kindPrefix: 'backup.', urgencyMin: 2 }],
  zone: 'Asia/Shanghai',
  quietTimes: [QUIET],
};

export const CHANNEL: z.input<typeof channelView> = {
  id: '019aab2c-6f01-7c3e-9d52-6f1b0a4e8c11',
  name: NEW_CHANNEL.name,
  owner: { id: NEW_CHANNEL.ownerId, kind: 'team', name: 'Database operations' },
  destination: 'https://hooks.example.org:443',
  webhook: { expectBody: null, previousSecretUntil: null },
  email: null,
  messagesPerMinute: 60,
  digestAbove: 10,
  zone: NEW_CHANNEL.zone,
  quietTimes: [QUIET],
  subscriptions: [{ recipientId: null, kindPrefix: 'backup.', urgencyMin: 2, address: null }],
  disabled: null,
  failuresInRow: 0,
  pausedUntil: null,
  ...LIFECYCLE_EXAMPLE,
};
