import { newId } from '../../src/kernel/ids.ts';
import type { ClockKind } from '../../src/sla/clock-kind.ts';
import type { Term } from '../../src/sla/term.ts';
import { runAs, type TestDatabase } from '../support/database.ts';

/** A clock as it is laid into the database, whatever the walls there say. */
export interface LaidClock {
  readonly kind: ClockKind;
  readonly severity: 'emergency' | 'important' | 'general';
  readonly serviceId: string | null;
  readonly calendarId: string | null;
  readonly term: Term;
  readonly subject?: string;
  /** In the order of their beginnings, in milliseconds since 1970; a pause with its reason. */
  readonly segments: readonly {
    readonly state: 'running' | 'paused' | 'stopped';
    readonly fromMs: number;
    readonly reason?: string;
  }[];
}

/** Lays clocks of the past, by the superuser and past the triggers: a year of them cannot be lived through. @returns their ids. */
export async function layClocks(database: TestDatabase, clocks: readonly LaidClock[]): Promise<string[]> {
  const ids = clocks.map(() => newId());
  const rows = clocks.map((clock, index) => ({
    ...clock,
    id: ids[index],
    subject: clock.subject ?? 'Incident 1',
    startedAt: new Date(clock.segments[0]?.fromMs ?? Number.NaN).toISOString(),
    isOpen: clock.segments.at(-1)?.state !== 'stopped',
    segments: clock.segments.map((segment) => ({ ...segment, fromAt: new Date(segment.fromMs).toISOString() })),
  }));
  await runAs(database.superuser, LAY_WITHOUT_TRIGGERS.replaceAll('$ROWS', `$rows$${JSON.stringify(rows)}$rows$`));
  return ids;
}

const LAY_WITHOUT_TRIGGERS = `DO $lay$
  DECLARE
    laid jsonb := $ROWS;
    someone uuid := gen_random_uuid();
    another uuid := gen_random_uuid();
  BEGIN
    INSERT INTO principal (id, kind, name, roles)
      SELECT id, 'person', 'Somebody ' || id, '{}' FROM unnest(ARRAY[someone, another]) AS p (id);
    ALTER TABLE sla_clock DISABLE TRIGGER USER;
    ALTER TABLE sla_clock_segment DISABLE TRIGGER USER;
    INSERT INTO sla_clock (id, kind, severity, subject, service_id, term, calendar_id, mark_percents, started_at)
      SELECT id, kind, severity, subject, "serviceId", term, "calendarId", '{50,75,90}', "startedAt"
      FROM jsonb_to_recordset(laid) AS c (id uuid, kind text, severity text, subject text, "serviceId" uuid, term jsonb,
        "calendarId" uuid, "startedAt" timestamptz);
    INSERT INTO sla_clock_segment (clock_id, seq, state, from_at, reason, by_id, approved_by_id)
      SELECT (c ->> 'id')::uuid, s.seq, s.segment ->> 'state', (s.segment ->> 'fromAt')::timestamptz, s.segment ->> 'reason',
        someone, CASE WHEN s.segment ->> 'state' = 'paused' THEN another END
      FROM jsonb_array_elements(laid) c, jsonb_array_elements(c -> 'segments') WITH ORDINALITY AS s (segment, seq);
    INSERT INTO sla_clock_open (clock_id)
      SELECT (c ->> 'id')::uuid FROM jsonb_array_elements(laid) c WHERE (c ->> 'isOpen')::boolean;
    ALTER TABLE sla_clock ENABLE ALWAYS TRIGGER ledger_rows;
    ALTER TABLE sla_clock ENABLE ALWAYS TRIGGER ledger_truncate;
    ALTER TABLE sla_clock ENABLE TRIGGER sla_clock_starts;
    ALTER TABLE sla_clock_segment ENABLE ALWAYS TRIGGER ledger_rows;
    ALTER TABLE sla_clock_segment ENABLE ALWAYS TRIGGER ledger_truncate;
    ALTER TABLE sla_clock_segment ENABLE ALWAYS TRIGGER sla_clock_segment_follows;
    ALTER TABLE sla_clock_segment ENABLE ALWAYS TRIGGER sla_clock_segment_pauses;
  END $lay$`;
