import { describe, expect, test } from 'vitest';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { sqlFailureOf } from '../../src/database/sqlstate.ts';
import { newId } from '../../src/kernel/ids.ts';
import { ServiceEntity } from '../../src/services/service.entity.ts';
import type { Service } from '../../src/services/service.ts';
import { ensureMusterService } from '../../src/services/services.service.ts';
import { makeCaller } from '../people/cast.ts';
import { useDatabase } from '../support/database.ts';
import { registerOf } from './register.ts';

const ENTITIES = [ServiceEntity];
const origin = { actor: SYSTEM_ACTOR };

describe('the database by itself', () => {
  const database = useDatabase(ENTITIES);
  const register = registerOf(database);

  /** The constraint that refuses one statement of the service's role. */
  async function refusal(sql: string, parameters: unknown[] = []): Promise<string | undefined> {
    try {
      await database.db.execute(sql, parameters);
    } catch (thrown) {
      return sqlFailureOf(thrown)?.constraint;
    }
    return undefined;
  }

  const depend = (from: Service, to: Service) =>
    refusal('INSERT INTO service_dependency VALUES ($1, $2)', [from.id, to.id]);

  test('refuses a cycle, also a short one, and what is retired or not there', async () => {
    const a = await register.make();
    const b = await register.make({ dependencies: [a.id] });
    const c = await register.make({ dependencies: [b.id] });
    expect(await depend(a, a)).toBe('service_dependency_not_itself');
    expect(await depend(a, c)).toBe('service_dependency_no_cycle');
    expect(
      await refusal('UPDATE service_dependency SET service_id = $1, depends_on_id = $2 WHERE service_id = $2', [
        a.id,
        b.id,
      ]),
    ).toBeUndefined();
    expect(await depend(b, a)).toBe('service_dependency_no_cycle');
    const retired = await register.retire(await register.make());
    expect(await depend(b, retired)).toBe('service_dependency_not_retired');
    expect(await depend(b, { ...a, id: newId() })).toBe('service_dependency_depends_on_id_fkey');
  });

  /** Runs `first` in an open transaction, then `second` beside it; commits once `second` is done or waits for a lock. */
  async function besides(
    first: { readonly sql: string; readonly parameters: unknown[] },
    second: () => Promise<string | undefined>,
  ): Promise<string | undefined> {
    let settled = false;
    const outcome = await database.db.transaction(async (tx) => {
      await tx.execute(first.sql, first.parameters);
      const running = second().finally(() => {
        settled = true;
      });
      const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'`;
      await expect
        .poll(async () => settled || (await database.db.rows(waiting)).length > 0, { timeout: 5000 })
        .toBe(true);
      return { running };
    });
    return outcome.running;
  }

  const EDGE = 'INSERT INTO service_dependency VALUES ($1, $2)';
  const RETIRE = `UPDATE service SET retired_at = now(), retired_reason = 'x' WHERE id = $1`;

  test('refuses the second of two open edges that close a cycle together', async () => {
    const [a, b] = [await register.make(), await register.make()];
    const first = { sql: EDGE, parameters: [a.id, b.id] };
    expect(await besides(first, () => depend(b, a))).toBe('service_dependency_no_cycle');
  });

  test('refuses an edge to what is being retired, and retiring what is getting an edge', async () => {
    const [a, b, c] = [await register.make(), await register.make(), await register.make()];
    const retiring = { sql: RETIRE, parameters: [a.id] };
    expect(await besides(retiring, () => depend(b, a))).toBe('service_dependency_not_retired');
    const depending = { sql: EDGE, parameters: [b.id, c.id] };
    expect(await besides(depending, () => refusal(RETIRE, [c.id]))).toBe('service_retired_not_needed');
  });

  test('refuses to delete a service, to revive one, and to retire one that is needed', async () => {
    const base = await register.make();
    const upper = await register.make({ dependencies: [base.id] });
    expect(await refusal('DELETE FROM service WHERE id = $1', [base.id])).toBe('service_never_deleted');
    expect(await refusal(RETIRE, [base.id])).toBe('service_retired_not_needed');
    expect(await refusal('UPDATE service SET retired_at = now() WHERE id = $1', [upper.id])).toBe(
      'service_retired_with_reason',
    );
    expect(await refusal(RETIRE, [upper.id])).toBeUndefined();
    expect(await refusal('UPDATE service SET retired_at = NULL, retired_reason = NULL WHERE id = $1', [upper.id])).toBe(
      'service_retired_is_final',
    );
  });

  test('refuses to rename, retire, unmark or double Muster itself', async () => {
    const { principal } = await register.caller();
    const wanted = { ownerId: principal.id, maxProofAgeDays: 8 };
    const { id } = await database.db.transaction((tx) => ensureMusterService(tx, origin, wanted));
    const other = await register.make();
    const set = (assignments: string) => refusal(`UPDATE service SET ${assignments} WHERE id = $1`, [id]);
    expect(await set(`name = 'Other'`)).toBe('service_system_name');
    expect(await set('system = false')).toBe('service_system_name');
    expect(await set(`retired_at = now(), retired_reason = 'x'`)).toBe('service_system_stays');
    expect(await refusal('UPDATE service SET system = true WHERE id = $1', [other.id])).toBe('service_system_name');
    expect(
      await refusal(
        `INSERT INTO service (id, name, criticality, owner_id, owner_kind, customer, max_proof_age_days, system)
         VALUES ($1, 'second', 'general', $2, 'team', '', 1, true)`,
        [newId(), principal.id],
      ),
    ).toBe('service_system_unique');
  });

  test('refuses values that the form refuses', async () => {
    const service = await register.make({ name: 'Mail' });
    const other = await register.make();
    const robot = await makeCaller(database.db, { kind: 'service-account' });
    const set = (assignments: string) => refusal(`UPDATE service SET ${assignments} WHERE id = $1`, [service.id]);
    expect(await set(`criticality = 'urgent'`)).toBe('service_criticality');
    expect(await set('max_proof_age_days = 0')).toBe('service_max_proof_age_days');
    expect(await set(`name = ''`)).toBe('service_name');
    expect(await set(`owner_id = '${robot.principal.id}'`)).toBe('service_owner_fkey');
    expect(await set(`owner_id = '${robot.principal.id}', owner_kind = 'service-account'`)).toBe('service_owner_kind');
    expect(await refusal(`UPDATE service SET name = 'MAIL' WHERE id = $1`, [other.id])).toBe('service_name_unique');
    const spare = (part: string, quantity: number) =>
      refusal('INSERT INTO service_spare VALUES ($1, $2, $3)', [service.id, part, quantity]);
    expect(await spare('PSU', 0)).toBe('service_spare_quantity');
    expect(await spare('', 1)).toBe('service_spare_part');
    expect(await spare('PSU', 1)).toBeUndefined();
    expect(await spare('psu', 1)).toBe('service_spare_part_unique');
    expect(await refusal('INSERT INTO service_skill VALUES ($1, $2)', [newId(), 'x'])).toBe(
      'service_skill_service_id_fkey',
    );
  });
});
