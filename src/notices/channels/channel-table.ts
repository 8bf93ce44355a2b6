import type { RetirableTable } from '../../database/retirable-row.ts';

/** Channels are retired, never deleted: deliveries name them. */
export const CHANNEL_TABLE: RetirableTable = {
  table: 'notification_channel',
  words: 'notification channel',
  title: 'name',
};
