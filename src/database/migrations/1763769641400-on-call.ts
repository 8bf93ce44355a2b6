import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * On-call rotas: layers of participants who take turns, and what was entered against the plan. A rota is retired, never deleted;
 * an override is cancelled, never deleted. Layers change together with the version of their rota.
 */
export class OnCall1763769641400 implements MigrationInterface {
  readonly name = 'OnCall1763769641400';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const STATEMENTS = [
  `CREATE TABLE on_call_rota (
     id uuid CONSTRAINT on_call_rota_pkey PRIMARY KEY,
     name text NOT NULL CONSTRAINT on_call_rota_name CHECK (length(name) BETWEEN 1 AND 120),
     zone text NOT NULL CONSTRAINT on_call_rota_zone CHECK (length(zone) BETWEEN 1 AND 64),
     owner_id uuid NOT NULL,
     owner_kind text NOT NULL CONSTRAINT on_call_rota_owner_kind CHECK (owner_kind IN ('person', 'team')),
     service_id uuid CONSTRAINT on_call_rota_service_id_fkey REFERENCES service (id),
     field_id uuid CONSTRAINT on_call_rota_field_id_fkey REFERENCES skill_field (id),
     retired_at timestamptz,
     retired_reason text CONSTRAINT on_call_rota_retired_reason CHECK (length(retired_reason) BETWEEN 1 AND 500),
     version integer NOT NULL DEFAULT 1 CONSTRAINT on_call_rota_version CHECK (version >= 1),
     created_at timestamptz NOT NULL DEFAULT now(),
     updated_at timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT on_call_rota_retired_with_reason CHECK ((retired_at IS NULL) = (retired_reason IS NULL)),
     CONSTRAINT on_call_rota_owner_fkey FOREIGN KEY (owner_id, owner_kind) REFERENCES principal (id, kind)
   )`,
  'CREATE UNIQUE INDEX on_call_rota_name_unique ON on_call_rota (lower(name))',
  `CREATE TRIGGER on_call_rota_never_deleted BEFORE DELETE ON on_call_rota
     FOR EACH ROW EXECUTE FUNCTION inventory_refuse_delete()`,
  `CREATE TRIGGER on_call_rota_retired_is_final BEFORE UPDATE ON on_call_rota
     FOR EACH ROW WHEN (OLD.retired_at IS NOT NULL) EXECUTE FUNCTION inventory_refuse_change()`,
  `CREATE TABLE on_call_layer (
     rota_id uuid NOT NULL CONSTRAINT on_call_layer_rota_id_fkey REFERENCES on_call_rota (id),
     seq integer NOT NULL CONSTRAINT on_call_layer_seq CHECK (seq BETWEEN 1 AND 10),
     rotation_unit text NOT NULL CONSTRAINT on_call_layer_rotation_unit CHECK (rotation_unit IN ('hours', 'days', 'weeks')),
     rotation_length integer NOT NULL CONSTRAINT on_call_layer_rotation_length CHECK (rotation_length BETWEEN 1 AND 366),
     starts_on date NOT NULL CONSTRAINT on_call_layer_starts_on CHECK (starts_on BETWEEN '1970-01-01' AND '2200-12-31'),
     handover_minute integer NOT NULL CONSTRAINT on_call_layer_handover_minute CHECK (handover_minute BETWEEN 0 AND 1439),
     windows jsonb NOT NULL CONSTRAINT on_call_layer_windows CHECK (jsonb_typeof(windows) = 'array'),
     CONSTRAINT on_call_layer_pkey PRIMARY KEY (rota_id, seq)
   )`,
  `CREATE TABLE on_call_turn (
     rota_id uuid NOT NULL,
     layer_seq integer NOT NULL,
     seq integer NOT NULL CONSTRAINT on_call_turn_seq CHECK (seq BETWEEN 1 AND 50),
     person_id uuid NOT NULL CONSTRAINT on_call_turn_person_id_fkey REFERENCES person (id),
     CONSTRAINT on_call_turn_pkey PRIMARY KEY (rota_id, layer_seq, seq),
     CONSTRAINT on_call_turn_layer_fkey FOREIGN KEY (rota_id, layer_seq)
       REFERENCES on_call_layer (rota_id, seq) ON DELETE CASCADE
   )`,
  'CREATE INDEX on_call_turn_by_person ON on_call_turn (person_id)',
  `CREATE TABLE on_call_override (
     id uuid CONSTRAINT on_call_override_pkey PRIMARY KEY,
     rota_id uuid NOT NULL CONSTRAINT on_call_override_rota_id_fkey REFERENCES on_call_rota (id),
     kind text NOT NULL CONSTRAINT on_call_override_kind CHECK (kind IN ('take over', 'remove')),
     person_id uuid NOT NULL CONSTRAINT on_call_override_person_id_fkey REFERENCES person (id),
     from_at timestamptz NOT NULL,
     until_at timestamptz NOT NULL,
     reason text NOT NULL CONSTRAINT on_call_override_reason CHECK (length(reason) BETWEEN 1 AND 500),
     -- Its place among the overrides of the rota: the version that the rota got by it.
     seq integer NOT NULL,
     cancelled_at timestamptz,
     created_at timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT on_call_override_seq_unique UNIQUE (rota_id, seq),
     CONSTRAINT on_call_override_span CHECK (until_at > from_at)
   )`,
  'CREATE INDEX on_call_override_live ON on_call_override (rota_id, until_at) WHERE cancelled_at IS NULL',
  `CREATE TRIGGER on_call_override_never_deleted BEFORE DELETE ON on_call_override
     FOR EACH ROW EXECUTE FUNCTION inventory_refuse_delete()`,
];
