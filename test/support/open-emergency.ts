import { newId } from '../../src/kernel/ids.ts';
import { runAs, type TestDatabase } from './database.ts';

/** The case of {@link openEmergency}. */
export const EMERGENCY_CASE = 'CASE-OPEN';

/**
 * Makes an open emergency, a case whose clock runs, whatever else the database has (foreign keys are off meanwhile): for tests of
 * what is taken from the reserve, which names one.
 */
export async function openEmergency(
  database: Pick<TestDatabase, 'superuser'>,
  subject = EMERGENCY_CASE,
): Promise<void> {
  const [eventId, clockId, byId] = [newId(), newId(), newId()];
  await runAs(
    database.superuser,
    `BEGIN; SET LOCAL session_replication_role = replica;
     INSERT INTO sla_case_event (id, subject, event, severity, policy_version, happened_at, by_id)
       VALUES ('${eventId}', '${subject}', 'notification', 'emergency', 1, now(), '${byId}');
     INSERT INTO sla_clock (id, kind, severity, subject, term, mark_percents, started_at)
       VALUES ('${clockId}', 'recover', 'emergency', '${subject}', '{"unit": "seconds", "amount": 14400, "counted": "always"}', '{50}',
         now());
     INSERT INTO sla_clock_segment (clock_id, seq, state, from_at) VALUES ('${clockId}', 1, 'running', now());
     COMMIT`,
  );
}
