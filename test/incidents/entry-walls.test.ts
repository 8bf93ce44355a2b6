import { describe, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { attackerOf } from '../support/attack.ts';
import { useIncidents } from './support.ts';

const { clocksAbout, database, handled, receive, server, teams } = useIncidents();
const attacker = attackerOf(database);

describe('the walls', () => {
  const by = () => server.admin.principal.id;
  const EVENT = `INSERT INTO sla_case_event (id, subject, event, severity, policy_version, happened_at, by_id)
    VALUES ($1, $2, $3, 'emergency', 1, now(), $4)`;

  test.each(['response', 'plan', 'recovery', 'resolution', 'record', 'feedback', 'update'])(
    'let nobody report a %s of an incident in which nothing was entered that proves it',
    async (event) => {
      const { number } = (await receive()).body;
      await attacker.expectRefused(() => [[EVENT, newId(), number, event, by()]], 'sla_case_event_of_incident');
    },
  );

  test('let nobody stop or start a clock of an incident', async () => {
    const { number } = (await receive()).body;
    const [clock] = await clocksAbout(number);
    await attacker.expectRefused(
      () => [
        [
          `INSERT INTO sla_clock_segment (clock_id, seq, state, from_at, by_id) VALUES ($1, 2, 'stopped', now(), $2)`,
          clock?.id,
          by(),
        ],
      ],
      'sla_clock_stop_of_incident',
      ['service', 'owner', 'replica'],
    );
    await attacker.expectRefused(
      () => [
        [
          `INSERT INTO sla_clock (id, kind, severity, subject, term, mark_percents, started_at)
           VALUES ($1, 'plan', 'general', $2, '{"counted": "always"}', '{50}', now())`,
          ...[newId(), number],
        ],
      ],
      'sla_clock_start_of_incident',
    );
  });

  test('let an incident be only what was entered', async () => {
    const { id } = await handled();
    const set = (sql: string) =>
      attacker.expectRefused(() => [[`UPDATE incident SET ${sql} WHERE id = $1`, id]], 'incident_as_entered');
    await set(`severity = 'general'`);
    await set(`restored_at = now()`);
    await set(`scope = 'single-user'`);
    await set(`team_id = '${teams.second.id}'`);
    await attacker.expectRefused(
      () => [
        [
          `INSERT INTO incident_stage (incident_id, seq, stage, entered_at, by_id)
          SELECT $1, max(seq) + 1, 'feedback', now(), $2 FROM incident_stage WHERE incident_id = $1`,
          id,
          by(),
        ],
      ],
      'incident_stage_has_entry',
    );
    await attacker.expectRefused(() => [[`UPDATE incident_entry SET details = '{}'`]], { code: '42501' }, ['service']);
  });
});
