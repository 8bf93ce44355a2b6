import { describe, test } from 'vitest';
import type { Blow, Refusal } from '../support/attack.ts';
import { useDatabase } from '../support/database.ts';
import { useStocktakes } from './stocktake-cast.ts';
import { LIVE, wallsOf } from './walls.ts';

const database = useDatabase();
const room = useStocktakes(database);
const { attacker } = wallsOf(database);
const { count, hand, open, stepped } = room;

const refused = (blow: () => Promise<Blow>, constraint: string | Refusal, fronts = LIVE) =>
  attacker.expectRefused(async () => [await blow()], constraint, fronts);

/** A stocktake of a bin with 10 pieces, of which ann has counted 8. */
async function counted() {
  const { site, left } = await room.storeroom();
  const stockId = await room.stock((await room.bulkPart()).id, left.id, 10);
  const { id } = await open(site.id);
  await count(id, 'ann', [{ scan: stockId, quantity: 8 }]);
  return { id, left, stockId };
}

async function inReview() {
  const on = await counted();
  await stepped(on.id, 'close', { leaveUnconfirmed: true });
  return on;
}

describe('whoever writes SQL by hand', () => {
  test('opens no second stocktake of a place, and frees none of an open one', async () => {
    await refused(
      async () => {
        const { left } = await counted();
        const other = await open((await room.storeroom()).site.id);
        return ['INSERT INTO stocktake_location (stocktake_id, location_id) VALUES ($1, $2)', other.id, left.id];
      },
      { code: '23505', constraint: 'stocktake_location_open_unique' },
    );
    await refused(
      async () => ['UPDATE stocktake_location SET is_open = false WHERE stocktake_id = $1', (await counted()).id],
      { code: '23503', constraint: 'stocktake_location_stocktake_fkey' },
    );
    for (const table of ['stocktake', 'stocktake_location']) {
      const key = table === 'stocktake' ? 'id' : 'stocktake_id';
      await refused(async () => [`DELETE FROM ${table} WHERE ${key} = $1`, (await counted()).id], `${table}_stays`);
    }
  });

  test('rewrites neither what was expected nor what was counted', async () => {
    for (const table of ['stocktake_expected', 'stocktake_count']) {
      for (const change of [
        `DELETE FROM ${table}`,
        `TRUNCATE ${table}`,
        `UPDATE ${table} SET location_id = location_id`,
      ]) {
        await refused(async () => [change], { code: '42501' });
      }
    }
  });

  test('counts nothing once the count is closed, nor before it was opened', async () => {
    const insert = `INSERT INTO stocktake_count (stocktake_id, round, stock_id, location_id, counted, source, counted_by, counted_at)
      VALUES ($1, 1, $2, $3, 3, 'scan', $4, now() - make_interval(days => $5))`;
    const by = () => hand('ann').caller.principal.id;
    await refused(async () => {
      const { id, stockId, left } = await inReview();
      return [insert, id, stockId, left.id, by(), 0];
    }, 'stocktake_count_while_counting');
    await refused(async () => {
      const { id, stockId, left } = await counted();
      return [insert, id, stockId, left.id, by(), 1];
    }, 'stocktake_count_while_counting');
  });

  test('adjusts nothing above the tolerance that one person alone has counted', async () => {
    for (const set of ['', ', confirmed_by = counted_by']) {
      await refused(
        async () => [
          `UPDATE stocktake_difference SET outcome = 'adjusted'${set} WHERE stocktake_id = $1`,
          (await inReview()).id,
        ],
        'stocktake_difference_four_eyes',
      );
    }
  });

  test('changes nothing of a stocktake that has ended', async () => {
    const ended = async () => {
      const { id } = await inReview();
      await stepped(id, 'decisions', { rest: { reason: 'theft' } });
      await stepped(id, 'post');
      return id;
    };
    const fronts = [...LIVE, 'replica'] as const;
    await refused(
      async () => ['UPDATE stocktake SET name = $2 WHERE id = $1', await ended(), 'nicer'],
      'stocktake_stays',
      fronts,
    );
    for (const sql of [
      `UPDATE stocktake_difference SET reason = 'damage' WHERE stocktake_id = $1`,
      'DELETE FROM stocktake_difference WHERE stocktake_id = $1',
    ]) {
      await refused(async () => [sql, await ended()], 'stocktake_difference_stays', fronts);
    }
  });
});
