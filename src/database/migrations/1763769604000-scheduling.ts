import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Schedules, and what became of each of their slots. The job queue's own tables are not here: its installation makes them. */
export class Scheduling1763769604000 implements MigrationInterface {
  readonly name = 'Scheduling1763769604000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE schedule (
        id uuid CONSTRAINT schedule_pkey PRIMARY KEY,
        name text COLLATE "C" NOT NULL CONSTRAINT schedule_name_key UNIQUE
          CONSTRAINT schedule_name_check CHECK (name ~ '^[a-z0-9][a-z0-9.-]{0,99}$'),
        cron text NOT NULL CONSTRAINT schedule_cron_check CHECK (cron ~ '^\\S+( \\S+){4}$' AND length(cron) <= 100),
        zone text NOT NULL CONSTRAINT schedule_zone_check CHECK (length(zone) BETWEEN 1 AND 60),
        catch_up text NOT NULL CONSTRAINT schedule_catch_up_check CHECK (catch_up IN ('skip', 'latest', 'all')),
        job text NOT NULL CONSTRAINT schedule_job_check CHECK (length(job) BETWEEN 1 AND 100),
        payload jsonb NOT NULL CONSTRAINT schedule_payload_check CHECK (jsonb_typeof(payload) = 'object'),
        worker_tag text NOT NULL DEFAULT 'default'
          CONSTRAINT schedule_worker_tag_check CHECK (worker_tag ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
        system boolean NOT NULL,
        paused_at timestamptz,
        cursor_at timestamptz NOT NULL,
        version integer NOT NULL DEFAULT 1 CONSTRAINT schedule_version_check CHECK (version > 0),
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE TABLE schedule_fire (
        id uuid CONSTRAINT schedule_fire_pkey PRIMARY KEY,
        schedule_id uuid NOT NULL CONSTRAINT schedule_fire_schedule_fkey REFERENCES schedule ON DELETE CASCADE,
        slot timestamptz NOT NULL
          CONSTRAINT schedule_fire_slot_check CHECK (slot = date_trunc('milliseconds', slot)),
        manual boolean NOT NULL,
        state text NOT NULL CONSTRAINT schedule_fire_state_check CHECK (state IN ('fired', 'missed', 'skipped')),
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        job_queue text,
        job_id uuid,
        outcome text CONSTRAINT schedule_fire_outcome_check
          CHECK (outcome IN ('completed', 'failed', 'cancelled', 'unknown')),
        attempt integer,
        failure text,
        finished_at timestamptz,
        CONSTRAINT schedule_fire_job_check CHECK
          ((state = 'fired') = (job_id IS NOT NULL) AND (job_id IS NULL) = (job_queue IS NULL)),
        CONSTRAINT schedule_fire_manual_check CHECK (NOT manual OR state = 'fired'),
        CONSTRAINT schedule_fire_finished_check CHECK
          ((outcome IS NULL) = (finished_at IS NULL) AND (outcome IS NULL OR state = 'fired'))
      )`);
    // One fire for each slot, however many replicas see it; a run on demand is no slot.
    await runner.query(`
      CREATE UNIQUE INDEX schedule_fire_slot_key ON schedule_fire (schedule_id, slot) WHERE NOT manual`);
    await runner.query(`CREATE INDEX schedule_fire_history_idx ON schedule_fire (schedule_id, slot DESC, id DESC)`);
    await runner.query(`CREATE INDEX schedule_fire_open_idx ON schedule_fire (job_id)
      WHERE state = 'fired' AND outcome IS NULL`);
    await runner.query(`CREATE INDEX schedule_fire_age_idx ON schedule_fire (slot)`);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}
