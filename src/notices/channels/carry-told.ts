/**
 * The part of the statement that writes notices (`told`: id, recipient_id, kind, urgency) which writes their deliveries: one for
 * each channel in use with a subscription that fits. It is one statement, so whoever tells something needs to know nothing of
 * channels, and no notice is there without its deliveries.
 *
 * Their ids begin with the milliseconds of the notice's id, as UUIDs of version 7 do, so that lists by id are in order of time.
 */
export const CARRY_TOLD = `
  INSERT INTO notice_delivery (id, kind, notice_id, channel_id, urgency)
  SELECT overlay(gen_random_uuid()::text PLACING left(told.id::text, 15) FROM 1)::uuid, 'notice', told.id, c.id, told.urgency
  FROM told JOIN notification_channel c ON c.retired_at IS NULL AND c.disabled_at IS NULL
  WHERE EXISTS (SELECT FROM channel_subscription s
    WHERE s.channel_id = c.id AND (s.recipient_id IS NULL OR s.recipient_id = told.recipient_id)
      AND starts_with(told.kind, s.kind_prefix) AND told.urgency >= s.urgency_min)`;
