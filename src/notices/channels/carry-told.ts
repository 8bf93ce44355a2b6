/** An address that a mail can be sent to: one, and nothing around it. A way of contact is what people wrote. */
const ADDRESS = `'^[^@[:space:],;:<>()"]+@[^@[:space:],;:<>()"]+$'`;

/**
 * The part of the statement that writes notices (`told`: id, recipient_id, kind, urgency) which writes their deliveries: one for
 * each channel in use with a subscription that fits, and of e-mail one for each address. It is one statement, so whoever tells
 * something needs to know nothing of channels, and no notice is there without its deliveries.
 *
 * A mail goes to the address that the subscription states; else to the person who is told, or to every member of the team: by the
 * first way of contact that is e-mail, or else by the address that the register has.
 *
 * Ids begin with the milliseconds of the notice's id, as UUIDs of version 7 do, so that lists by id are in order of time.
 */
export const CARRY_TOLD = `
  INSERT INTO notice_delivery (id, kind, notice_id, channel_id, urgency, address)
  SELECT overlay(gen_random_uuid()::text PLACING left(told.id::text, 15) FROM 1)::uuid, 'notice', told.id, c.id, told.urgency,
    reached.address
  FROM told JOIN notification_channel c ON c.retired_at IS NULL AND c.disabled_at IS NULL
  CROSS JOIN LATERAL (
    SELECT DISTINCT place.address
    FROM channel_subscription s
    CROSS JOIN LATERAL (
      SELECT s.address WHERE c.kind = 'webhook' OR s.address IS NOT NULL
      UNION ALL
      SELECT coalesce((SELECT w.value FROM person_contact w
          WHERE w.person_id = p.id AND w.kind = 'email' AND w.value ~ ${ADDRESS} ORDER BY w.seq LIMIT 1), p.email)
      FROM person p JOIN principal alive ON alive.id = p.id AND alive.disabled_at IS NULL
      WHERE c.kind = 'email' AND s.address IS NULL
        AND (p.id = told.recipient_id OR p.id IN (SELECT person_id FROM team_member WHERE team_id = told.recipient_id))
    ) place
    WHERE s.channel_id = c.id AND (s.recipient_id IS NULL OR s.recipient_id = told.recipient_id)
      AND starts_with(told.kind, s.kind_prefix) AND told.urgency >= s.urgency_min
  ) reached`;
