import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { makeCaller } from '../people/cast.ts';
import type { Blow } from '../support/attack.ts';
import { useDatabase } from '../support/database.ts';
import { makeLocation } from './support.ts';
import { wallsOf } from './walls.ts';

const database = useDatabase();
const { attacker, refused } = wallsOf(database);
const given = async (...blows: readonly Blow[]) => expect(await attacker.strike('service', blows)).toBeUndefined();

describe('notices', () => {
  async function notice(): Promise<string> {
    const { principal } = await makeCaller(database.db);
    const id = newId();
    await given([
      `INSERT INTO notice (id, kind, recipient_id, subject_kind, subject_id, summary, once_key) VALUES ($1::uuid, 'a.b', $2, 'unit', $1::uuid, 'bring it back', $1::text)`,
      id,
      principal.id,
    ]);
    return id;
  }

  test('keep what they said; only their delivery and their reading change', async () => {
    for (const set of [
      `summary = 'never mind'`,
      `kind = 'c.d'`,
      `once_key = 'x'`,
      `details = '{"a":1}'`,
      `created_at = now() - interval '1 day'`,
    ]) {
      await attacker.expectRefused(
        async () => [[`UPDATE notice SET ${set} WHERE id = $1`, await notice()]],
        'notice_said_stays',
      );
    }
    await given(['UPDATE notice SET delivered_at = now(), read_at = now() WHERE id = $1', await notice()]);
    await attacker.expectRefused(
      async () => [['DELETE FROM notice WHERE id = $1', await notice()]],
      'notice_never_deleted',
    );
  });
});

describe('locations', () => {
  const MOVE = 'UPDATE location SET parent_id = $2 WHERE id = $1';
  const under = (parentId: string, kind: 'room' | 'rack' | 'bin') => makeLocation(database.db, { parentId, kind });

  test('form no cycle, and hold only what is smaller', async () => {
    const fronts = ['service', 'owner', 'replica', 'repeatable read', 'serializable'] as const;
    await attacker.expectRefused(
      async () => {
        const room = await under((await makeLocation(database.db)).id, 'room');
        const rack = await under(room.id, 'rack');
        return [[MOVE, room.id, rack.id]];
      },
      'location_order_of_kinds',
      fronts,
    );
    await attacker.expectRefused(
      async () => {
        const bin = await under((await makeLocation(database.db)).id, 'bin');
        return [[MOVE, bin.id, bin.id]];
      },
      'location_order_of_kinds',
      fronts,
    );
    await attacker.expectRefused(
      async () => {
        const room = await under((await makeLocation(database.db)).id, 'room');
        await under(room.id, 'rack');
        return [[`UPDATE location SET kind = 'bin' WHERE id = $1`, room.id]];
      },
      'location_order_of_kinds',
      fronts,
    );
    await attacker.expectRefused(
      async () => [[`UPDATE location SET parent_id = $1 WHERE id = $1`, (await makeLocation(database.db)).id]],
      'location_site_is_root',
    );
  });

  test('are not moved under an older snapshot, which would miss what others move', async () => {
    await attacker.expectRefused(
      async () => {
        const [a, b] = [await makeLocation(database.db), await makeLocation(database.db)];
        return [[MOVE, (await under(a.id, 'room')).id, b.id]];
      },
      'location_isolation',
      ['repeatable read', 'serializable'],
    );
  });

  test('have a code once, in whatever case', async () => {
    const { code } = await makeLocation(database.db);
    await attacker.expectRefused(
      () => [[`INSERT INTO location (id, code, name, kind) VALUES ($1, lower($2), 'again', 'site')`, newId(), code]],
      { code: '23505', constraint: 'location_code_unique' },
    );
  });
});

describe('repairs', () => {
  test('of a unit are open once, and close with an outcome after they began', async () => {
    const open = 'INSERT INTO repair (id, unit_id) VALUES ($1, $2)';
    await refused(
      ({ unit }) => [
        [open, newId(), unit.id],
        [open, newId(), unit.id],
      ],
      { code: '23505', constraint: 'repair_open_unique' },
    );
    const ended = 'INSERT INTO repair (id, unit_id, closed_at, outcome) VALUES ($1, $2, $3::timestamptz, $4)';
    await refused(
      ({ unit }) => [[ended, newId(), unit.id, '2099-01-01T00:00:00Z', null]],
      'repair_closed_with_outcome',
    );
    await refused(
      ({ unit }) => [[ended, newId(), unit.id, '2001-01-01T00:00:00Z', 'repaired']],
      'repair_closed_after_sent',
    );
  });
});

describe('reserves', () => {
  test('are whole and not negative', async () => {
    await refused(
      ({ part }) => [['UPDATE part SET emergency_reserve = -1 WHERE id = $1', part.id]],
      'part_emergency_reserve',
    );
    await refused(
      ({ part, here }) => [['INSERT INTO part_reserve VALUES ($1, $2, -3)', part.id, here.id]],
      'part_reserve_quantity',
    );
  });
});
