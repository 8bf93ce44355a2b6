import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { ServiceEntity } from '../../src/services/service.entity.ts';
import { listServices, serviceById, serviceByName } from '../../src/services/service.queries.ts';
import { requirementsCheckOf } from '../../src/services/service.ts';
import { auditOf, makeCaller } from '../people/cast.ts';
import { useDatabase } from '../support/database.ts';
import { registerOf } from './register.ts';

const ENTITIES = [ServiceEntity];

describe('the register', () => {
  const database = useDatabase(ENTITIES);
  const register = registerOf(database);

  test('keeps everything that was said about a service', async () => {
    const network = await register.make({ name: 'Network' });
    const backupSet = newId();
    const requirements = {
      spares: [{ part: 'PSU-750W', quantity: 2 }],
      seats: [{ product: 'Database Standard', quantity: 8 }],
      skills: ['cabling', 'database recovery'],
    };
    const service = await register.make({
      name: 'Orders',
      criticality: 'emergency',
      customer: 'Sales',
      dependencies: [network.id],
      backupSets: [backupSet],
      requirements,
      maxProofAgeDays: 30,
    });
    const { principal, requestId } = await register.caller();
    expect(service).toMatchObject({
      name: 'Orders',
      criticality: 'emergency',
      owner: { id: principal.id, kind: 'team', name: principal.name },
      customer: 'Sales',
      dependencies: [network.id],
      backupSets: [backupSet],
      requirements,
      maxProofAgeDays: 30,
      system: false,
      retired: null,
      version: 1,
    });
    expect(await serviceById(database.db, service.id)).toEqual(service);
    expect(await auditOf(database.db, 'service', service.id)).toMatchObject([
      { action: 'service.create', actor_id: principal.id, request_id: requestId, details: { name: 'Orders' } },
    ]);
  });

  test('says of requirements where they are held against the pool, never that they are met', async () => {
    const bare = await register.make();
    expect(requirementsCheckOf(bare.requirements)).toBe('none declared');
    expect(requirementsCheckOf({ ...bare.requirements, skills: ['cabling'] })).toBe('see coverage');
  });

  test('finds a service by its name, whatever the case', async () => {
    const service = await register.make({ name: '订单系统 Alpha' });
    expect(await serviceByName(database.db, '订单系统 ALPHA')).toEqual(service);
    expect(await serviceByName(database.db, 'nobody')).toBeUndefined();
  });

  test('gives one name once, whatever the case', async () => {
    await register.make({ name: 'Payroll' });
    await expect(register.make({ name: 'PAYROLL' })).rejects.toMatchObject({ code: 'service-name-taken' });
    const other = await register.make();
    await expect(register.change(other, { name: 'payroll' })).rejects.toMatchObject({ code: 'service-name-taken' });
  });

  test('changes only what a change names, and lists as a whole', async () => {
    const below = await register.make();
    const service = await register.make({
      customer: 'Finance',
      dependencies: [below.id],
      requirements: { spares: [{ part: 'A', quantity: 1 }], seats: [], skills: ['x'] },
    });
    const named = await register.change(service, { maxProofAgeDays: 7 });
    expect(named).toEqual({ ...service, maxProofAgeDays: 7, version: 2, updatedAt: named.updatedAt });
    const requirements = { spares: [], seats: [{ product: 'B', quantity: 3 }], skills: [] };
    const listed = await register.change(named, { dependencies: [], requirements });
    expect(listed).toMatchObject({ dependencies: [], requirements, customer: 'Finance', version: 3 });
    expect((await auditOf(database.db, 'service', service.id)).map((line) => line.details)).toMatchObject([
      {},
      { maxProofAgeDays: 7 },
      { dependencies: [], requirements },
    ]);
  });

  test('refuses a change by somebody who has read an older version, and writes nothing', async () => {
    const service = await register.make();
    const changed = await register.change(service, { customer: 'one' });
    await expect(register.change(service, { customer: 'two' })).rejects.toMatchObject({
      kind: 'stale',
      code: 'stale-service',
    });
    expect(await serviceById(database.db, service.id)).toEqual(changed);
  });

  test('of many changes to one version exactly one succeeds', async () => {
    const service = await register.make();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => register.change(service, { customer: `${index}` })),
    );
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    expect((await serviceById(database.db, service.id)).version).toBe(2);
  });

  test('takes only active persons and teams as owners', async () => {
    const robot = await makeCaller(database.db, { kind: 'service-account' });
    const gone = await makeCaller(database.db, { kind: 'person' });
    await database.db.execute('UPDATE principal SET disabled_at = now() WHERE id = $1', [gone.principal.id]);
    for (const ownerId of [newId(), robot.principal.id, gone.principal.id]) {
      await expect(register.make({ ownerId })).rejects.toMatchObject({
        kind: 'unprocessable',
        code: 'unsuitable-owner',
        fields: [{ field: '#/ownerId' }],
      });
    }
  });

  test('the largest service that the form lets through fits into its audit entry', async () => {
    const wide = (index: number) => `${index}`.padStart(3, '0') + '备'.repeat(97);
    const lines = <T>(count: number, item: (index: number) => T) => Array.from({ length: count }, (_, i) => item(i));
    const service = await register.make({
      name: '备'.repeat(120),
      customer: '备'.repeat(500),
      backupSets: lines(100, () => newId()),
      requirements: {
        spares: lines(50, (index) => ({ part: wide(index), quantity: 10_000 })),
        seats: lines(50, (index) => ({ product: wide(index), quantity: 10_000 })),
        skills: lines(30, wide),
      },
    });
    expect(await serviceById(database.db, service.id)).toEqual(service);
  });

  test('refuses requirements that name one thing twice', async () => {
    const twice = {
      spares: [
        { part: 'psu', quantity: 1 },
        { part: 'PSU', quantity: 2 },
      ],
      seats: [],
      skills: [],
    };
    const service = await register.make();
    await expect(register.change(service, { requirements: twice })).rejects.toMatchObject({
      code: 'duplicate-requirement',
      fields: [{ field: '#/requirements/spares' }],
    });
  });
});

describe('lists of services', () => {
  const database = useDatabase(ENTITIES);
  const register = registerOf(database);
  const namesOf = async (filter: Partial<Parameters<typeof listServices>[1]>, limit = 100) =>
    (await listServices(database.db, { state: 'active', ...filter }, { limit })).map((row) => row.service.name);

  test('come in the order of their names, page by page, without a gap or a repetition', async () => {
    for (const name of ['delta', 'Alpha', 'charlie', 'Bravo', 'echo']) await register.make({ name });
    const seen: string[] = [];
    let after: string | undefined;
    for (;;) {
      const page = await listServices(database.db, { state: 'active' }, { limit: 2, after });
      if (page.length === 0) break;
      seen.push(...page.map((row) => row.service.name));
      after = page.at(-1)?.nameKey;
    }
    expect(seen).toEqual(['Alpha', 'Bravo', 'charlie', 'delta', 'echo']);
  });

  test('filter by criticality, owner, dependency, backup set and state', async () => {
    const backupSet = newId();
    const owner = await makeCaller(database.db);
    const base = await register.make({ name: 'base', criticality: 'general' });
    const upper = await register.make({ name: 'upper', dependencies: [base.id], backupSets: [backupSet] });
    await register.make({ name: 'owned', ownerId: owner.principal.id });
    await register.retire(await register.make({ name: 'old', criticality: 'general' }));
    expect(await namesOf({ criticality: 'general' })).toEqual(['base']);
    expect(await namesOf({ criticality: 'general', state: 'all' })).toEqual(['base', 'old']);
    expect(await namesOf({ state: 'retired' })).toEqual(['old']);
    expect(await namesOf({ ownerId: owner.principal.id })).toEqual(['owned']);
    expect(await namesOf({ dependsOn: base.id })).toEqual(['upper']);
    expect(await namesOf({ neededBy: upper.id })).toEqual(['base']);
    expect(await namesOf({ backupSet })).toEqual(['upper']);
    expect(await namesOf({ backupSet: newId() })).toEqual([]);
  });
});
