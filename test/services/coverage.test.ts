import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { coverageRoutes } from '../../src/services/coverage.routes.ts';
import { ServiceEntity } from '../../src/services/service.entity.ts';
import type { NewService } from '../../src/services/service.ts';
import { counterOf } from '../allocations/support.ts';
import { useApp } from '../http/support.ts';
import { useDatabase } from '../support/database.ts';
import { registerOf } from './register.ts';

const database = useDatabase([ServiceEntity]);
const server = useApp(database, () => ({ routes: coverageRoutes() }));
const register = registerOf(database);
const counter = counterOf(database);

type Requirements = Partial<NewService['requirements']>;

const service = async (requirements: Requirements, more: Partial<NewService> = {}) =>
  register.make({ ...more, requirements: { spares: [], seats: [], skills: [], ...requirements } });

async function coverageOf(id: string, query = '') {
  const answer = await server.request('get', `/api/v1/services/${id}/coverage${query}`);
  expect([answer.status, answer.body.code]).toEqual([200, undefined]);
  return answer.body;
}

/** A part with a number of its own and so many units at one site. */
async function stocked(count: number, columns: Record<string, unknown> = {}) {
  const number = `PN-${newId().slice(-12)}`;
  const id = await counter.part({ part_number: number, ...columns });
  const siteId = await counter.site();
  await counter.units(id, siteId, count);
  return { id, number, siteId };
}

const spares = (...lines: [part: string, quantity: number][]): Requirements => ({
  spares: lines.map(([part, quantity]) => ({ part, quantity })),
});

describe('the coverage of a service', () => {
  test('is none declared without requirements, and unknown for a skill that the catalogue does not know', async () => {
    expect(await coverageOf((await service({})).id)).toMatchObject({ verdict: 'none declared', spares: [], seats: [] });
    const skilled = await coverageOf((await service({ skills: ['cabling'] })).id);
    expect(skilled).toMatchObject({
      verdict: 'unknown',
      skills: [{ skill: 'cabling', verdict: 'unknown skill', readyCount: 0 }],
    });
    expect((await server.request('get', `/api/v1/services/${newId()}/coverage`)).body.code).toBe('no-such-service');
  });

  test('a part is known by its number, or by manufacturer and number, whatever the case', async () => {
    const { id, number } = await stocked(2);
    for (const name of [number.toLowerCase(), `northwind ${number}`]) {
      const covered = await coverageOf((await service(spares([name, 2]))).id);
      expect(covered).toMatchObject({
        verdict: 'covered',
        spares: [{ verdict: 'covered', needed: 2, free: 2, short: 0, part: { id, partNumber: number } }],
      });
    }
  });

  test('a name that means nothing, or several parts, is never covered', async () => {
    const { number } = await stocked(5);
    await counter.part({ manufacturer: 'Contoso', part_number: number });
    const ambiguous = await coverageOf((await service(spares([number, 1]))).id);
    expect(ambiguous).toMatchObject({
      verdict: 'unknown',
      spares: [{ verdict: 'ambiguous part', part: null, short: 1 }],
    });
    expect(ambiguous.spares[0].candidates).toHaveLength(2);
    const unknown = await coverageOf((await service(spares(['no such thing', 3]))).id);
    expect(unknown).toMatchObject({
      verdict: 'unknown',
      spares: [{ verdict: 'unknown part', candidates: [], short: 3 }],
    });
  });

  test('says what only the reserve covers, and what not even the reserve does, place by place', async () => {
    const { id, number, siteId } = await stocked(3, { emergency_reserve: 2 });
    const elsewhere = await counter.site('ZZ-FAR');
    await counter.units(id, elsewhere, 1);
    const reserve = await coverageOf((await service(spares([number, 3]))).id);
    expect(reserve).toMatchObject({
      verdict: 'covered only with the reserve',
      spares: [{ verdict: 'covered from reserve', free: 2, freeWithReserve: 4, short: 0, shortWithoutReserve: 1 }],
    });
    expect(reserve.spares[0].places).toMatchObject([
      { location: { id: siteId }, free: 2, freeWithReserve: 3 },
      { location: { id: elsewhere, code: 'ZZ-FAR' }, free: 1, freeWithReserve: 1 },
    ]);
    const short = await coverageOf((await service(spares([number, 5]))).id);
    expect(short).toMatchObject({ verdict: 'short', spares: [{ verdict: 'short', short: 1, shortWithoutReserve: 3 }] });
  });

  test('is of this moment: what is handed out, held, promised later, expired or untested does not count', async () => {
    const { id, number, siteId } = await stocked(4);
    await counter.unit(id, siteId, { expires_on: '2020-01-01' });
    await counter.unit(id, siteId, { test_due_on: '2020-01-01' });
    const needing = await service(spares([number, 1]));
    const free = async () => (await coverageOf(needing.id)).spares[0].free;
    expect(await free()).toBe(4);
    const { allocation } = await counter.checkout([{ partId: id, quantity: 1 }]);
    expect(await free()).toBe(3);
    await counter.holdFor(1, [{ partId: id, quantity: 1 }]);
    expect(await free()).toBe(2);
    // The unit that is held for an hour is among those that are promised for later.
    await counter.reserve([100, 200], [{ partId: id, quantity: 3 }]);
    expect(await free()).toBe(0);
    expect(allocation.lines).toHaveLength(1);
  });

  test('a hold counts as free the moment it is over, with nobody to note it', async () => {
    const { id, number } = await stocked(1);
    const holder = await counter.holder();
    const [unit] = await database.db.rows<{ id: string }>('SELECT id FROM unit WHERE part_id = $1', [id]);
    await counter.hold(holder, { kind: 'unit', part_id: id, unit_id: unit?.id }, { fromDays: -5, untilDays: -3 });
    expect(await coverageOf((await service(spares([number, 1]))).id)).toMatchObject({ verdict: 'covered' });
  });

  test('bulk pieces count as what nobody is promised at any time from now on', async () => {
    const partId = await counter.part({ tracking: 'bulk', part_number: `B-${newId().slice(-12)}` });
    await counter.stock(partId, await counter.site(), 10);
    await counter.reserve([10, 20], [{ partId, quantity: 3 }]);
    await counter.reserve([30, 40], [{ partId, quantity: 4 }]);
    const covered = await coverageOf((await service(spares([partId, 6]))).id);
    expect(covered).toMatchObject({ verdict: 'covered', spares: [{ free: 6 }] });
  });

  test('of a part with very many units, as many are counted as are needed, and what was not counted is said', async () => {
    const { id, number, siteId } = await stocked(0);
    await database.db.transaction(async (tx) => {
      await tx.execute(
        `INSERT INTO unit (id, part_id, serial) SELECT gen_random_uuid(), $1, 'many ' || n FROM generate_series(1, 1100) n`,
        [id],
      );
      await tx.execute(
        `INSERT INTO movement (batch_id, kind, part_id, unit_id, to_state, to_location_id)
         SELECT $1, 'receive', part_id, id, 'in_stock', $3 FROM unit WHERE part_id = $2`,
        [newId(), id, siteId],
      );
    });
    const few = await coverageOf((await service(spares([number, 5]))).id);
    expect(few).toMatchObject({ verdict: 'covered', spares: [{ free: 200, isAtLeast: true }] });
    const many = await coverageOf((await service(spares([number, 1101]))).id);
    expect(many).toMatchObject({ verdict: 'short', spares: [{ free: 1100, isAtLeast: false, short: 1 }] });
  });

  test('names substitutes for what is short, and counts them in no verdict', async () => {
    const wanted = await stocked(1);
    const other = await stocked(5);
    const required = await stocked(2);
    await counter.fit({
      replaced_part_id: wanted.id,
      part_id: other.id,
      rank: 1,
      quantity: 2,
      conditions: 'new rails',
    });
    await counter.fit({ replaced_part_id: wanted.id, part_id: required.id, rank: 2 });
    const short = await coverageOf((await service(spares([wanted.number, 3], [required.number, 1]))).id);
    expect(short.verdict).toBe('short');
    const row = short.spares.find(({ part }: { part: { id: string } }) => part.id === wanted.id);
    expect(row).toMatchObject({
      verdict: 'short',
      short: 2,
      substitutes: [
        {
          part: { id: other.id },
          quantityForOne: 2,
          conditions: ['new rails'],
          free: 5,
          standsFor: 2,
          isRequiredToo: false,
        },
        { part: { id: required.id }, quantityForOne: 1, free: 2, standsFor: 2, isRequiredToo: true },
      ],
    });
  });

  test('two names of one part draw on the same pieces', async () => {
    const { number } = await stocked(3);
    const doubled = await coverageOf((await service(spares([number, 2], [`Northwind ${number}`, 2]))).id);
    expect(doubled.spares).toHaveLength(1);
    expect(doubled).toMatchObject({ verdict: 'short', spares: [{ needed: 4, short: 1, neededBy: [{}, {}] }] });
  });

  test('seats are those of the contract, over all entitlements of the product that hold today', async () => {
    const name = `Product ${newId()}`;
    const productId = await counter.product(name);
    await counter.entitlement(productId, { quantity: 3, overuse: 'allow', overuse_percent_max: 100 });
    await counter.entitlement(productId, { quantity: 4, emergency_reserve: 1 });
    await counter.entitlement(productId, { quantity: 50, term: 'term', ends_on: '2020-12-31' });
    const seats = (quantity: number): Requirements => ({ seats: [{ product: name, quantity }] });
    expect(await coverageOf((await service(seats(6))).id)).toMatchObject({
      verdict: 'covered',
      seats: [{ verdict: 'covered', free: 6, freeWithReserve: 7, product: { id: productId } }],
    });
    expect((await coverageOf((await service(seats(7))).id)).verdict).toBe('covered only with the reserve');
    await counter.checkout([{ productId, quantity: 2 }]);
    const short = await coverageOf((await service(seats(7))).id);
    expect(short).toMatchObject({ verdict: 'short', seats: [{ short: 2, free: 4, entitlements: [{}, {}] }] });
    const unknown = await coverageOf((await service({ seats: [{ product: 'nothing', quantity: 1 }] })).id);
    expect(unknown.seats).toMatchObject([{ verdict: 'unknown product' }]);
  });

  test('with dependencies, services that need the same part compete for it, however they are reached', async () => {
    const { number } = await stocked(3);
    const base = await service(spares([number, 2]), { name: `base ${newId()}` });
    const left = await service({ skills: ['cabling'] }, { dependencies: [base.id] });
    const right = await service({}, { dependencies: [base.id] });
    const top = await service(spares([number, 2]), { name: `top ${newId()}`, dependencies: [left.id, right.id] });
    expect(await coverageOf(top.id)).toMatchObject({ verdict: 'covered', services: [{ id: top.id }] });
    const all = await coverageOf(top.id, '?withDependencies=true');
    expect(all.services).toHaveLength(4);
    expect(all).toMatchObject({
      verdict: 'short',
      spares: [
        {
          needed: 4,
          short: 1,
          neededBy: [
            { service: { id: top.id }, quantity: 2 },
            { service: { id: base.id }, quantity: 2 },
          ],
        },
      ],
      skills: [{ skill: 'cabling' }],
    });
    expect(all.summary).toContain('1 of them is needed more than once, from one pool');
  });
});
