import { applyChanges } from '../../src/alerts/alert.store.ts';
import type { AlertChange } from '../../src/alerts/alert.ts';
import { tellDueRungs } from '../../src/alerts/routing/ladder-pass.service.ts';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import type { Database } from '../../src/database/database.ts';
import { newId } from '../../src/kernel/ids.ts';
import { makeRule, opening, START } from '../../test/alerts/support.ts';

/** Services that a storm is about. */
const SERVICES = 10;

/** Past the second time of the first rung of a new installation. */
const LATER_MS = 1_860_000;

/** Makes services of one team, each with a rota and a skill, and a response plan of level 3. @returns the ids of the services. */
export async function prepareStorm(db: Database): Promise<readonly string[]> {
  const [duty, chief, team] = [newId(), newId(), newId()];
  await makePeople(db, { duty, chief, team });
  const services = Array.from({ length: SERVICES }, () => newId());
  await makeServices(db, services, { duty, team });
  await makePlan(db);
  return services;
}

async function makePeople(db: Database, { duty, chief, team }: { duty: string; chief: string; team: string }) {
  const field = newId();
  const persons = [[duty, chief]];
  await db.execute(
    `INSERT INTO principal (id, kind, name, roles) SELECT id, 'person', 'person ' || id, '{}' FROM unnest($1::uuid[]) id`,
    persons,
  );
  await db.execute(
    `INSERT INTO person (id, email) SELECT id, id || '@bench.example' FROM unnest($1::uuid[]) id`,
    persons,
  );
  await db.execute(
    `INSERT INTO person_contact (person_id, seq, kind, value) SELECT id, 1, 'mobile', '1' FROM unnest($1::uuid[]) id`,
    persons,
  );
  await db.execute(`INSERT INTO person_function (person_id, function) VALUES ($1, 'supervisor')`, [chief]);
  await db.execute(`INSERT INTO principal (id, kind, name, roles) VALUES ($1, 'team', 'storm', '{}')`, [team]);
  await db.execute('INSERT INTO team (id) VALUES ($1)', [team]);
  await db.execute('INSERT INTO team_member (team_id, person_id) VALUES ($1, $2)', [team, chief]);
  await db.execute(`INSERT INTO skill_field (id, name) VALUES ($1, 'storms')`, [field]);
  await db.execute(
    `INSERT INTO person_skill (person_id, field_id, level, since) VALUES ($1, $2, 'skilled', '2020-01-01')`,
    [duty, field],
  );
}

/** Rotas have the ids of their services. */
async function makeServices(db: Database, services: readonly string[], { duty, team }: { duty: string; team: string }) {
  await db.execute(
    `INSERT INTO service (id, name, criticality, owner_id, owner_kind, customer, max_proof_age_days)
     SELECT id, 'service ' || id, 'important', $2, 'team', 'bench', 90 FROM unnest($1::uuid[]) id`,
    [services, team],
  );
  await db.execute(`INSERT INTO service_skill (service_id, skill) SELECT id, 'storms' FROM unnest($1::uuid[]) id`, [
    services,
  ]);
  await db.execute(
    `INSERT INTO on_call_rota (id, name, zone, owner_id, owner_kind, service_id)
     SELECT id, 'rota ' || id, 'UTC', $2, 'team', id FROM unnest($1::uuid[]) id`,
    [services, team],
  );
  await db.execute(
    `INSERT INTO on_call_layer (rota_id, seq, rotation_unit, rotation_length, starts_on, handover_minute, windows)
     SELECT id, 1, 'weeks', 1, '2020-01-06', 540, '[]' FROM unnest($1::uuid[]) id`,
    [services],
  );
  await db.execute(
    'INSERT INTO on_call_turn (rota_id, layer_seq, seq, person_id) SELECT id, 1, 1, $2 FROM unnest($1::uuid[]) id',
    [services, duty],
  );
}

async function makePlan(db: Database) {
  const id = newId();
  await db.transaction(async (tx) => {
    await tx.execute('INSERT INTO response_plan (id, level) VALUES ($1, 3)', [id]);
    await tx.execute(`INSERT INTO response_plan_edition (plan_id, edition, name, note) VALUES ($1, 1, 'storm', '')`, [
      id,
    ]);
    await tx.execute(
      `INSERT INTO response_plan_step (plan_id, edition, seq, text, limit_seconds, role)
       VALUES ($1, 1, 1, 'Look', 60, 'on-duty'), ($1, 1, 2, 'Decide', 60, 'supervisor')`,
      [id],
    );
    await tx.execute('UPDATE response_plan SET edition = 1, version = 1 WHERE id = $1', [id]);
  });
}

/** Opens alerts in one transaction, tells what is due of their ladders half an hour later, and says how long each took. */
export async function measureStorm(db: Database, services: readonly string[], size: number): Promise<void> {
  const rule = await makeRule(db);
  const changes = Array.from({ length: size }, (_, index): AlertChange => {
    const { alert, ...change } = opening(rule, `${index}`);
    return { ...change, alert: { ...alert, level: 3, serviceId: services[index % services.length] ?? null } };
  });
  const begin = performance.now();
  await db.transaction((tx) => applyChanges(tx, { actor: SYSTEM_ACTOR }, changes));
  const opened = performance.now();
  const later = async () => START.epochMilliseconds + LATER_MS;
  const { ladders, told } = await tellDueRungs(db, new AbortController().signal, later);
  const end = performance.now();
  if (ladders !== size) throw new Error(`${ladders} ladders were told`);
  console.log(
    `a storm of ${size} alerts of ${services.length} services: opened and told in ` +
      `${((opened - begin) / 1000).toFixed(2)} s, a pass over their ladders, which told ${told} rungs, ` +
      `${((end - opened) / 1000).toFixed(2)} s`,
  );
  // What it leaves is not due at the next size.
  await db.execute(`UPDATE alert_firing SET state = 'stopped', done_at = due_at WHERE state = 'pending'`);
}
