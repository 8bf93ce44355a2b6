import { describe, expect, test } from 'vitest';
import { newId } from '../../../src/kernel/ids.ts';
import { attackerOf, type Blow } from '../../support/attack.ts';
import { scaled } from '../../support/scale.ts';
import { useKeptWorld } from './kept-world.ts';

const world = useKeptWorld();
const attacker = attackerOf(world.database);

const GO = `UPDATE recovery_point SET state = 'deleting' WHERE id = $1`;
const GONE = `UPDATE recovery_point SET state = 'deleted' WHERE id = $1`;
const HELD = `INSERT INTO recovery_point_hold (id, point_id, reason, until) VALUES ($1, $2, 'evidence', now() + $3::interval)`;

describe('the database lets no point go', () => {
  test('that is held, neither in two steps nor at once, missing ones included', async () => {
    await world.point(0);
    for (const [sql, columns] of [
      [GO, {}],
      [GONE, {}],
      [GO, { state: 'missing', verdict: 'missing' }],
    ] as const) {
      const point = await world.point(1, columns);
      await world.hold(point);
      await attacker.expectRefused(() => [[sql, point.id]], 'recovery_point_removed_free');
    }
  });

  test('that another tool made', async () => {
    await world.point(0);
    const point = await world.point(1, { own: false });
    await attacker.expectRefused(() => [[GO, point.id]], 'recovery_point_removed_own');
    await attacker.expectRefused(() => [[GONE, point.id]], 'recovery_point_removed_own');
  });

  test('that is the last sound one of its set, also when both of the last two are told to go at once', async () => {
    const sound = await world.point(1);
    const damaged = await world.point(0, { verdict: 'damaged' });
    await attacker.expectRefused(() => [[GO, sound.id]], 'recovery_point_removed_not_last');
    const second = await world.point(2);
    await attacker.expectRefused(
      () => [[`UPDATE recovery_point SET state = 'deleting' WHERE id = ANY ($1)`, [sound.id, second.id]]],
      'recovery_point_removed_not_last',
    );
    expect(await attacker.strike('service', [[GO, damaged.id]])).toBeUndefined();
    expect(await attacker.strike('service', [[GO, second.id]])).toBeUndefined();
  });

  test('of the last two sound ones, one at most, when two transactions each remove one', async () => {
    for (let round = 0; round < scaled(3); round += 1) {
      await world.database.db.execute(`UPDATE recovery_point SET verdict = 'damaged' WHERE verdict = 'sound'`);
      const [one, other] = [await world.point(0), await world.point(1)];
      const outcomes = await bothOf([[GO, one.id]], [[GO, other.id]]);
      expect(outcomes.filter((met) => met === undefined)).toHaveLength(1);
      expect(outcomes.find((met) => met !== undefined)).toEqual({
        code: '23514',
        constraint: 'recovery_point_removed_not_last',
      });
    }
  });

  test('that somebody else holds at the same moment, nor is a hold set on one that somebody removes', async () => {
    await world.point(0);
    for (let round = 0; round < scaled(3); round += 1) {
      const [one, other] = [await world.point(1), await world.point(2)];
      const hold = (pointId: string): Blow => [HELD, newId(), pointId, '1 day'];
      expect(await bothOf([hold(one.id)], [[GO, one.id]])).toEqual([
        undefined,
        { code: '23514', constraint: 'recovery_point_removed_free' },
      ]);
      expect(await bothOf([[GO, other.id]], [hold(other.id)])).toEqual([
        undefined,
        { code: '23514', constraint: 'recovery_point_hold_of_kept' },
      ]);
    }
  });

  test('but those that it may, once their hold is released or over', async () => {
    await world.point(0);
    const [released, ended] = [await world.point(1), await world.point(2)];
    const hold = await world.hold(released);
    await world.endHold(await world.hold(ended));
    const release = `UPDATE recovery_point_hold SET released_at = now(), released_reason = 'closed' WHERE id = $1`;
    expect(await attacker.strike('service', [[release, hold]])).toBeUndefined();
    for (const point of [released, ended]) {
      expect(await attacker.strike('service', [[GO, point.id]])).toBeUndefined();
      expect(await attacker.strike('service', [[GONE, point.id]])).toBeUndefined();
    }
  });
});

describe('a hold', () => {
  test('is released once, and changes in no other way', async () => {
    const point = await world.point(0);
    const hold = await world.hold(point);
    const stays = 'recovery_point_hold_stays';
    for (const change of [`until = until + interval '1 day'`, `reason = 'other'`, `created_at = now()`]) {
      await attacker.expectRefused(() => [[`UPDATE recovery_point_hold SET ${change} WHERE id = $1`, hold]], stays);
    }
    await attacker.expectRefused(() => [['DELETE FROM recovery_point_hold WHERE id = $1', hold]], stays);
    const truncate: Blow = ['TRUNCATE recovery_point_hold'];
    await attacker.expectRefused(() => [truncate], 'recovery_point_hold_never_deleted', ['owner', 'replica']);
    const release: Blow = [
      `UPDATE recovery_point_hold SET released_at = now(), released_reason = 'closed' WHERE id = $1`,
      hold,
    ];
    expect(await attacker.strike('service', [release])).toBeUndefined();
    await attacker.expectRefused(() => [release], stays);
    await attacker.expectRefused(
      () => [['UPDATE recovery_point_hold SET released_at = NULL, released_reason = NULL WHERE id = $1', hold]],
      stays,
    );
  });

  test('has an end that lies ahead, by ten years at most, whatever it says of its beginning', async () => {
    const { id } = await world.point(0);
    await attacker.expectRefused(() => [[HELD, newId(), id, '-1 second']], 'recovery_point_hold_ends_later');
    await attacker.expectRefused(() => [[HELD, newId(), id, '3661 days']], 'recovery_point_hold_ends');
    const backdated = `INSERT INTO recovery_point_hold (id, point_id, reason, until, created_at)
                       VALUES ($1, $2, 'x', now() - interval '1 hour', now() - interval '2 hours')`;
    await attacker.expectRefused(() => [[backdated, newId(), id]], 'recovery_point_hold_ends_later');
    const endless = `INSERT INTO recovery_point_hold (id, point_id, reason, until) VALUES ($1, $2, 'x', 'infinity')`;
    await attacker.expectRefused(() => [[endless, newId(), id]], 'recovery_point_hold_ends');
    expect(await attacker.strike('service', [[HELD, newId(), id, '3659 days']])).toBeUndefined();
  });
});

/** Runs both as transactions that overlap: the second has begun, and waits where it must, before the first commits. */
async function bothOf(first: readonly Blow[], second: readonly Blow[]) {
  const [a, b] = [await attacker.begin('service'), await attacker.begin('owner')];
  const metByA = await a.strike(...first);
  let isSettled = false;
  const striking = b.strike(...second).finally(() => {
    isSettled = true;
  });
  const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  await expect
    .poll(async () => isSettled || (await world.database.db.rows(waiting)).length > 0, { interval: 5, timeout: 10_000 })
    .toBe(true);
  const finish = async (raid: typeof a, met: typeof metByA) => {
    if (!met) return raid.commit();
    await raid.giveUp();
    return met;
  };
  return Promise.all([finish(a, metByA), striking.then((met) => finish(b, met))]);
}
