import { describe, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import type { Blow } from '../support/attack.ts';
import { useDatabase } from '../support/database.ts';
import {
  allocation,
  change,
  end,
  kept,
  type Pool,
  poolOf,
  seatLine,
  stockLine,
  stockOut,
  unitLine,
  unitMove,
  unitOut,
} from './walls.ts';

const database = useDatabase();
const { refused, since } = poolOf(database);

const unitIsOut = (on: Pool, lineId: string) => unitOut(on, on.unitId, lineId);
const unitIsHeld = (on: Pool, lineId: string) => kept(on, lineId, { state: 'held', ...unitLine(on, on.unitId) });
const piecesAreHeld = (on: Pool, lineId: string) => kept(on, lineId, { state: 'held', ...stockLine(on, 5) });
const seatsAreOut = (on: Pool, lineId: string) => kept(on, lineId, seatLine(on, 2), { form: 'checkout' });
/** A hold whose time was over when it was written. */
const deadHold = (on: Pool, lineId: string) =>
  kept(on, lineId, { state: 'held', expires_at: `now() - interval '1 second'`, ...unitLine(on, on.unitId) });
const issue = (id: string) => change(id, `state = 'issued', issued_at = now()`);

describe('a line', () => {
  test('begins held or issued', async () => {
    for (const state of ['returned', 'consumed', 'lost', 'damaged', 'deployed']) {
      await refused(
        (on) => kept(on, newId(), { ...stockLine(on, 1), state, ended_at: 'now()' }),
        'allocation_line_begins_live',
      );
    }
    for (const state of ['released', 'expired', 'preempted']) {
      const never = { state, ended_at: 'now()', issued_at: null };
      await refused((on) => kept(on, newId(), { ...stockLine(on, 1), ...never }), 'allocation_line_begins_live');
    }
  });

  test('that has ended is never revived or rewritten, not by an upsert either', async () => {
    const ended = (on: Pool, id: string) => [...unitIsHeld(on, id), end(id, 'released')];
    for (const set of [
      `state = 'held', ended_at = NULL`,
      `state = 'issued', ended_at = NULL, issued_at = now()`,
      'quantity = 1',
      `end_note = 'nicer'`,
    ]) {
      await refused(
        since(ended, (_, id) => [change(id, set)]),
        'allocation_line_end_is_final',
      );
    }
    await refused(
      since(ended, (_, id) => [
        [
          `INSERT INTO allocation_line SELECT * FROM allocation_line WHERE id = $1
           ON CONFLICT (id) DO UPDATE SET state = 'held', ended_at = NULL`,
          id,
        ],
      ]),
      'allocation_line_begins_live',
    );
    await refused(
      since(ended, (_, id) => [
        [
          `MERGE INTO allocation_line l USING (SELECT $1::uuid AS id) s ON l.id = s.id
           WHEN MATCHED THEN UPDATE SET state = 'held', ended_at = NULL`,
          id,
        ],
      ]),
      'allocation_line_end_is_final',
    );
  });

  test('goes only from held to issued, and to its ends', async () => {
    for (const state of ['returned', 'consumed', 'deployed', 'lost', 'damaged']) {
      const set = `state = '${state}', ended_at = now(), issued_at = now()`;
      await refused(
        since(unitIsHeld, (_, id) => [change(id, set)]),
        'allocation_line_way',
      );
    }
    for (const state of ['held', 'released', 'expired', 'preempted']) {
      await refused(
        since(unitIsOut, (_, id) => [change(id, `state = '${state}'`)]),
        'allocation_line_way',
      );
    }
  });

  test('stays of its thing, unit, allocation and number', async () => {
    const sets = [
      'position = 3',
      'quantity = 7',
      'id = gen_random_uuid()',
      `created_at = now() - interval '1 year'`,
      'first_quantity = 9',
    ];
    for (const set of sets) {
      await refused(
        since(piecesAreHeld, (_, id) => [change(id, set)]),
        'allocation_line_stays_what_it_is',
      );
    }
    const toSecond = (on: Pool, id: string): Blow => [
      'UPDATE allocation_line SET unit_id = $2 WHERE id = $1',
      id,
      on.secondId,
    ];
    await refused(
      since(unitIsHeld, (on, id) => [toSecond(on, id)]),
      'allocation_line_stays_what_it_is',
    );
    await refused(
      since(unitIsHeld, (on, id) => [change(id, 'pinned = false'), toSecond(on, id)]),
      'allocation_line_stays_what_it_is',
    );
    await refused(
      since(unitIsOut, (on, id) => [toSecond(on, id)]),
      'allocation_line_stays_what_it_is',
    );
    await refused(
      since(unitIsOut, (on, id) => {
        const head = newId();
        return [allocation(on, head), ['UPDATE allocation_line SET allocation_id = $2 WHERE id = $1', id, head]];
      }),
      'allocation_line_stays_what_it_is',
    );
  });

  test('that is out has been out since it was issued', async () => {
    for (const set of [
      `during = tstzrange(now() + interval '50 years', 'infinity')`,
      `issued_at = issued_at - interval '1 day'`,
    ]) {
      await refused(
        since(unitIsOut, (_, id) => [change(id, set)]),
        'allocation_line_stays_what_it_is',
      );
      await refused(
        since(seatsAreOut, (_, id) => [change(id, set)]),
        'allocation_line_stays_what_it_is',
      );
    }
    await refused(
      (on) => unitOut(on, on.unitId, newId(), { issued_at: `now() + interval '1 hour'` }),
      'allocation_line_issued_in_window',
    );
    await refused((on) => unitOut(on, on.unitId, newId(), { issued_at: null }), 'allocation_line_issued_since');
  });

  test('is issued inside its window', async () => {
    const windows = [
      `tstzrange(now() + interval '1 day', 'infinity')`,
      `tstzrange(now() - interval '2 days', now() - interval '1 day')`,
    ];
    for (const during of windows) {
      await refused((on) => unitOut(on, on.unitId, newId(), { during }), 'allocation_line_issued_in_window');
      await refused((on) => stockOut(on, 2, newId(), { during }), 'allocation_line_issued_in_window');
      await refused((on) => kept(on, newId(), { ...seatLine(on, 1), during }), 'allocation_line_issued_in_window');
    }
  });

  test('is of one thing, in a quantity above nothing', async () => {
    await refused(
      (on) => kept(on, newId(), { state: 'held', ...unitLine(on, on.unitId), quantity: 2 }),
      'allocation_line_of_one_thing',
    );
    await refused(
      (on) => kept(on, newId(), { state: 'held', ...unitLine(on, on.unitId), stock_id: on.stockId }),
      'allocation_line_of_one_thing',
    );
    await refused(
      (on) => kept(on, newId(), { state: 'held', ...seatLine(on, 1), part_id: on.partId }),
      'allocation_line_of_one_thing',
    );
    await refused((on) => kept(on, newId(), { state: 'held', ...stockLine(on, 0) }), 'allocation_line_quantity');
    await refused((on) => kept(on, newId(), { state: 'held', ...stockLine(on, -3) }), 'allocation_line_quantity');
  });

  test('of seats comes back and is not used up', async () => {
    for (const state of ['consumed', 'lost', 'damaged', 'deployed']) {
      await refused(
        since(seatsAreOut, (_, id) => [end(id, state)]),
        'allocation_line_seat_ends',
      );
    }
  });

  test('is never deleted', async () => {
    await refused(
      since(unitIsHeld, (_, id) => [['DELETE FROM allocation_line WHERE id = $1', id]]),
      'allocation_line_never_deleted',
    );
    await refused(
      since(unitIsHeld, (_, id) => [
        ['DELETE FROM allocation WHERE id = (SELECT allocation_id FROM allocation_line WHERE id = $1)', id],
      ]),
      'allocation_never_deleted',
    );
  });

  test('is written under READ COMMITTED only', async () => {
    await refused((on) => kept(on, newId(), { state: 'held', ...seatLine(on, 1) }), 'allocation_line_isolation', {
      fronts: ['repeatable read', 'serializable'],
    });
  });
});

describe('a hold', () => {
  test('always expires', async () => {
    for (const expires_at of [null, `'infinity'`]) {
      await refused(
        (on) => kept(on, newId(), { state: 'held', ...stockLine(on, 1), expires_at }),
        'allocation_line_hold_expires',
      );
    }
    await refused(
      since(piecesAreHeld, (_, id) => [change(id, 'expires_at = NULL')]),
      'allocation_line_hold_expires',
    );
  });

  test('that has expired is not issued and not revived', async () => {
    await refused(
      since(deadHold, (on, id) => [issue(id), unitMove(on, on.unitId, 'issue', 'issued', { line_id: id })]),
      'allocation_line_dead_hold',
    );
    await refused(
      since(deadHold, (_, id) => [change(id, `expires_at = now() + interval '1 day'`)]),
      'allocation_line_dead_hold',
    );
  });

  test('does not expire before its time', async () => {
    await refused(
      since(unitIsHeld, (_, id) => [end(id, 'expired')]),
      'allocation_line_expires_in_time',
    );
  });

  test('has a window with both ends', async () => {
    const windows = [
      `tstzrange(NULL, now() + interval '1 day')`,
      'tstzrange(now(), NULL)',
      `tstzrange('-infinity', now() + interval '1 day')`,
      `'empty'::tstzrange`,
      `tstzrange(now(), now() + interval '1 day', '[]')`,
      `tstzrange(now(), now() + interval '1 day', '(]')`,
    ];
    for (const during of windows) {
      await refused(
        (on) => kept(on, newId(), { state: 'held', ...unitLine(on, on.unitId), during }),
        'allocation_line_bounded',
      );
    }
  });
});
