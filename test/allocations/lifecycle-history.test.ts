import { expect, test } from 'vitest';
import { noteExpiredHolds } from '../../src/allocations/reaper.service.ts';
import { newId } from '../../src/kernel/ids.ts';
import { EMERGENCY_CASE, openEmergency } from '../support/open-emergency.ts';
import { scaled, TEST_SEED } from '../support/scale.ts';
import { useAllocations } from './lifecycle-cast.ts';

const cast = useAllocations();
const { shelf, site, post, change, get } = cast;

/** A small generator of numbers, the same for the same seed (mulberry32). */
function numbersOf(seed: number) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Line {
  readonly id: string;
  readonly state: string;
  readonly quantity: number;
  readonly kind: string;
}

test('long histories of everything at once: no answer is a fault, and ledger, lines and shelf agree', {
  timeout: 240_000,
}, async () => {
  const seed = TEST_SEED;
  const next = numbersOf(seed);
  const among = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  const hours = (most: number) => new Date(Date.now() + (next() * most + 0.01) * 3_600_000).toISOString();

  await openEmergency(cast.database);
  const parts = [await shelf.part({ emergency_reserve: 1 }), await shelf.part()];
  for (const partId of parts) await shelf.units(partId, site.id, 4);
  const bulk = await shelf.part({ tracking: 'bulk', emergency_reserve: 2 });
  await shelf.stock(bulk, site.id, 12);
  const productId = await shelf.product();
  await shelf.entitlement(productId, { quantity: 6, metric: 'core', emergency_reserve: 1 });
  const serviceId = await shelf.add('service', {
    name: `service ${newId()}`,
    criticality: 'emergency',
    customer: '',
    owner_id: cast.holder.id,
    owner_kind: 'team',
    max_proof_age_days: 90,
  });
  const made: { readonly id: string; readonly form: 'checkouts' | 'holds' }[] = [];

  const wishLine = () => {
    const kind = next();
    if (kind < 0.5) return { partId: among(parts), quantity: 1 + Math.floor(next() * 2) };
    if (kind < 0.8) return { partId: bulk, quantity: 1 + Math.floor(next() * 4) };
    return { productId, quantity: 1 + Math.floor(next() * 2), assignee: 'host 7' };
  };
  const wish = () => {
    const lines = Array.from({ length: 1 + Math.floor(next() * 2) }, wishLine);
    const common = { holder: cast.holder, serviceId, lines };
    if (next() < 0.2)
      return {
        ...common,
        purpose: 'incident',
        severity: 'emergency',
        reserve: { reason: 'a fire', case: EMERGENCY_CASE },
      };
    return { ...common, purpose: 'loan' };
  };
  // What is new is more likely to live.
  const pick = async (wanted?: 'holds') => {
    const { id, form } =
      among(made.filter(({ form: of }) => wanted === undefined || of === wanted).slice(-8)) ?? among(made);
    const path = `/${form}/${id}`;
    const { body } = await get(path);
    const lines = body.lines as Line[];
    return { path, id, version: body.version as number, lines };
  };
  const acts: Record<string, () => Promise<{ status: number; text: string; body: { code?: string } } | undefined>> = {
    checkOut: async () => {
      const answer = await post('/checkouts', { ...wish(), ...(next() < 0.5 ? { dueAt: hours(5) } : {}) });
      if (answer.status === 201) made.push({ id: answer.body.allocation.id, form: 'checkouts' });
      return answer;
    },
    hold: async () => {
      const answer = await post('/holds', { ...wish(), expiresAt: hours(3) });
      if (answer.status === 201) made.push({ id: answer.body.allocation.id, form: 'holds' });
      return answer;
    },
    collect: async () =>
      post(
        `${(await pick('holds')).path.replace('checkouts', 'holds')}/collect`,
        next() < 0.5 ? {} : { dueAt: hours(4) },
      ),
    giveBack: async () => {
      const { id, lines } = await pick();
      const line = among(lines);
      const quantity = 1 + Math.floor(next() * line.quantity * 1.2);
      const condition = line.kind === 'seat' ? 'good' : among(['good', 'good', 'good', 'damaged', 'lost', 'consumed']);
      return post(`/checkouts/${id}/returns`, { lines: [{ lineId: line.id, quantity, condition }] });
    },
    extend: async () => {
      const { path, version } = await pick();
      const body = path.startsWith('/holds') ? { expiresAt: hours(6) } : { dueAt: next() < 0.3 ? null : hours(6) };
      return change(`${path}/extend`, version, body);
    },
    release: async () => {
      const { path, version } = await pick('holds');
      return change(`${path.replace('checkouts', 'holds')}/release`, version);
    },
    deploy: async () => {
      const { id, lines } = await pick();
      const failed = next() < 0.5 ? { failed: { unit: `SN-${newId()}`, partId: parts[0] } } : {};
      return post(`/checkouts/${id}/deploy`, { lineId: among(lines).id, replenish: next() < 0.5, ...failed });
    },
    quarantine: async () => {
      const [unit] = await cast.database.db.rows<{ id: string; part_id: string }>(
        `SELECT id, part_id FROM unit WHERE state = 'in_stock' ORDER BY md5(id::text || $1) LIMIT 1`,
        [String(next())],
      );
      if (unit && next() < 0.2) await cast.quarantine(unit.id, unit.part_id).catch(() => undefined);
      return undefined;
    },
    buy: async () => {
      await shelf.unit(among(parts), site.id);
      await cast.database.db.execute(
        `INSERT INTO movement (batch_id, kind, part_id, quantity, to_stock_id)
         SELECT gen_random_uuid(), 'receive', part_id, 2, id FROM stock WHERE part_id = $1 AND condition = 'usable'`,
        [bulk],
      );
      return undefined;
    },
    dieEarly: async () => {
      if (next() < 0.6) return undefined;
      await cast.database.db.execute(
        `UPDATE allocation_line SET expires_at = clock_timestamp() + interval '5 milliseconds'
         WHERE id = (SELECT id FROM allocation_line WHERE state = 'held' AND expires_at > clock_timestamp() ORDER BY id LIMIT 1)`,
      );
      return undefined;
    },
    reap: async () => {
      await noteExpiredHolds(cast.database.db, new AbortController().signal);
      return undefined;
    },
  };

  const counts = new Map<string, number>();
  await acts.checkOut?.();
  for (let step = 0; step < scaled(80); step += 1) {
    const together = Array.from({ length: 4 }, () => among(Object.keys(acts)));
    const answers = await Promise.all(together.map((name) => (made.length > 0 ? acts[name]?.() : acts.checkOut?.())));
    for (const [index, answer] of answers.entries()) {
      if (!answer) continue;
      const key = `${together[index]} ${answer.status} ${answer.body.code ?? ''}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      expect([seed, together[index], answer.status < 500 || answer.text]).toEqual([seed, together[index], true]);
    }
  }
  const succeeded = new Set([...counts.keys()].filter((key) => / 20[01] /.test(key)).map((key) => key.split(' ')[0]));
  expect([
    seed,
    ['checkOut', 'collect', 'deploy', 'extend', 'giveBack', 'hold', 'release'].filter((name) => !succeeded.has(name)),
  ]).toEqual([seed, []]);

  const [sums] = await cast.database.db.rows<Record<string, string>>(
    `SELECT
       (SELECT count(*) FROM stock s WHERE s.quantity <> coalesce((SELECT sum(quantity) FROM movement WHERE to_stock_id = s.id), 0)
          - coalesce((SELECT sum(quantity) FROM movement WHERE from_stock_id = s.id), 0)) AS stock,
       (SELECT count(*) FROM unit u WHERE (u.state = 'issued') <> EXISTS (
          SELECT FROM allocation_line l WHERE l.unit_id = u.id AND l.state = 'issued')) AS units,
       (SELECT count(*) FROM allocation_line r WHERE r.root_line_id = r.id AND r.first_quantity <> (
          SELECT sum(quantity) FROM allocation_line l WHERE l.root_line_id = r.id)) AS splits,
       (SELECT count(*) FROM entitlement e WHERE e.quantity < (
          SELECT coalesce(sum(quantity), 0) FROM allocation_line l WHERE l.entitlement_id = e.id AND l.state = 'issued')) AS seats`,
  );
  expect([seed, sums]).toEqual([seed, { stock: '0', units: '0', splits: '0', seats: '0' }]);
});
