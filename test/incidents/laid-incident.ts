import { newId } from '../../src/kernel/ids.ts';
import { runAs, type TestDatabase } from '../support/database.ts';

/** An incident that has come to some stage, as its rows stand then. */
export interface LaidIncident {
  readonly id: string;
  readonly number: string;
  readonly teamId: string;
}

const STAGES = ['receive', 'record', 'classify', 'transfer', 'handle', 'feedback', 'closed'] as const;

let laid = 0;

/**
 * Lays an incident by the superuser and past the triggers, with a team of its own. @param byId whoever has entered it.
 * @param wanted.until the stage that it has come to.
 */
export async function layIncident(
  database: TestDatabase,
  byId: string,
  wanted: {
    readonly severity?: string;
    readonly title?: string;
    readonly until?: (typeof STAGES)[number];
    /** Three hours ago unless stated. */
    readonly receivedAtMs?: number;
    /** What each stage took; ten minutes unless stated. */
    readonly minutes?: readonly number[];
  } = {},
): Promise<LaidIncident> {
  const { severity = 'emergency', title = 'The order database does not answer', until = 'feedback' } = wanted;
  const [id, team] = [newId(), newId()];
  laid += 1;
  const number = `INC-2000-${String(laid).padStart(6, '0')}`;
  let atMs = wanted.receivedAtMs ?? Date.now() - 3 * 3_600_000;
  const stages = STAGES.slice(0, STAGES.indexOf(until) + 1).map((stage, index) => {
    if (index > 0) atMs += (wanted.minutes?.[index - 1] ?? 10) * 60_000;
    const subState = stage === 'handle' ? 'analysing' : null;
    return { seq: index + 1, stage, sub_state: subState, entered_at: new Date(atMs).toISOString(), by_id: byId };
  });
  const enteredAt = (wantedStage: string) => stages.find(({ stage }) => stage === wantedStage)?.entered_at ?? null;
  const row = {
    ...{ id, number, kind: 'incident', severity, title, description: '', customer: '', team_id: team },
    ...{ reporter_contact: 'Night shift', symptom: 'No answer', frequency: 'continuous', scope: 'all-users' },
    ...{ stage: until, sub_state: stages.at(-1)?.sub_state ?? null, received_at: enteredAt('receive') },
    ...{ restored_at: enteredAt('feedback'), resolved_at: enteredAt('feedback'), closed_at: enteredAt('closed') },
    ...{ created_by: byId, version: 1 },
  };
  const columns = Object.keys(row).join(', ');
  await runAs(
    database.superuser,
    PAST_TRIGGERS.replace(
      'LAY',
      `INSERT INTO principal (id, kind, name, roles) VALUES ('${team}', 'team', 'Team ${team}', '{}');
       INSERT INTO incident (${columns}) SELECT ${columns}
         FROM jsonb_populate_record(NULL::incident, $row$${JSON.stringify(row)}$row$);
       INSERT INTO incident_stage (incident_id, seq, stage, sub_state, entered_at, by_id)
         SELECT '${id}', seq, stage, sub_state, entered_at, by_id
         FROM jsonb_populate_recordset(NULL::incident_stage, $row$${JSON.stringify(stages)}$row$);`,
    ),
  );
  return { id, number, teamId: team };
}

/** All of them are always on, and are so again afterwards. */
const PAST_TRIGGERS = `DO $lay$
  DECLARE
    kept record;
  BEGIN
    ALTER TABLE incident DISABLE TRIGGER USER;
    ALTER TABLE incident_stage DISABLE TRIGGER USER;
    LAY
    FOR kept IN SELECT tgrelid::regclass AS home, tgname AS name FROM pg_trigger
      WHERE tgrelid IN ('incident'::regclass, 'incident_stage'::regclass) AND NOT tgisinternal LOOP
      EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', kept.home, kept.name);
    END LOOP;
  END $lay$`;
