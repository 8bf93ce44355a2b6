import { newId } from '../../src/kernel/ids.ts';
import { runAs, type TestDatabase } from '../support/database.ts';

/** An incident that has come to some stage, as its rows stand then. */
export interface LaidIncident {
  readonly id: string;
  readonly number: string;
}

const STAGES = ['record', 'classify', 'transfer', 'handle', 'feedback', 'closed'] as const;

/** Lays an incident past its use cases; every stage took ten minutes. @param until the stage that it has come to. */
export async function layIncident(
  database: TestDatabase,
  byId: string,
  wanted: {
    readonly severity?: string;
    readonly title?: string;
    readonly serviceId?: string;
    readonly until?: 'receive' | (typeof STAGES)[number];
  } = {},
): Promise<LaidIncident> {
  const { severity = 'emergency', title = 'The order database does not answer', until = 'feedback' } = wanted;
  const [id, team] = [newId(), newId()];
  const receivedAt = Date.now() - 3 * 3_600_000;
  const run = (sql: string, values: unknown[]) => runAs<{ number: string }>(database.superuser, sql, values);
  await run(`INSERT INTO principal (id, kind, name, roles) VALUES ($1, 'team', $2, '{}')`, [team, `Team ${team}`]);
  const [row] = await run(
    `INSERT INTO incident (id, kind, severity, title, description, reporter_contact, customer, service_id, team_id, symptom,
       frequency, scope, received_at, created_by)
     VALUES ($1, 'incident', $2, $3, '', 'Night shift', '', $4, $5, 'No answer', 'continuous', 'all-users', $6, $7)
     RETURNING number`,
    [id, severity, title, wanted.serviceId ?? null, team, new Date(receivedAt), byId],
  );
  const reached = until === 'receive' ? [] : STAGES.slice(0, STAGES.indexOf(until) + 1);
  for (const [index, stage] of reached.entries()) {
    const at = new Date(receivedAt + (index + 1) * 600_000);
    if (stage === 'feedback') await run('UPDATE incident SET restored_at = $2 WHERE id = $1', [id, at]);
    await run(
      `INSERT INTO incident_stage (incident_id, seq, stage, sub_state, entered_at, by_id)
       VALUES ($1, $2, $3, CASE WHEN $3 = 'handle' THEN 'analysing' END, $4, $5)`,
      [id, index + 2, stage, at, byId],
    );
  }
  return { id, number: row?.number ?? '' };
}
