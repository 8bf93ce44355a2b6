import { describe, expect, test } from 'vitest';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { newId } from '../../src/kernel/ids.ts';
import { ServiceEntity } from '../../src/services/service.entity.ts';
import { musterService, serviceById, serviceByName } from '../../src/services/service.queries.ts';
import { attachBackupSet, ensureMusterService } from '../../src/services/services.service.ts';
import { auditOf } from '../people/cast.ts';
import { useDatabase } from '../support/database.ts';
import { registerOf } from './register.ts';

const ENTITIES = [ServiceEntity];
const origin = { actor: SYSTEM_ACTOR };

describe('dependencies', () => {
  const database = useDatabase(ENTITIES);
  const register = registerOf(database);

  test('a cycle is refused, with the services along it named', async () => {
    const a = await register.make({ name: 'A' });
    const b = await register.make({ name: 'B', dependencies: [a.id] });
    const c = await register.make({ name: 'C', dependencies: [b.id] });
    await expect(register.change(a, { dependencies: [c.id] })).rejects.toMatchObject({
      kind: 'unprocessable',
      code: 'dependency-cycle',
      message: 'A would depend on itself: A > C > B > A',
      fields: [{ field: '#/dependencies/0' }],
    });
    await expect(register.change(a, { dependencies: [a.id] })).rejects.toMatchObject({
      message: 'A would depend on itself: A > A',
    });
    expect((await serviceById(database.db, a.id)).dependencies).toEqual([]);
  });

  test('a diamond is no cycle, and an edge can be turned round in one change each', async () => {
    const base = await register.make();
    const left = await register.make({ dependencies: [base.id] });
    const right = await register.make({ dependencies: [base.id] });
    const top = await register.make({ dependencies: [left.id, right.id] });
    const freed = await register.change(left, { dependencies: [] });
    await register.change(base, { dependencies: [freed.id] });
    expect((await serviceById(database.db, top.id)).dependencies.toSorted()).toEqual([left.id, right.id].toSorted());
  });

  test('what is not there or retired cannot be depended on', async () => {
    const retired = await register.retire(await register.make());
    const fine = await register.make();
    for (const wrong of [newId(), retired.id]) {
      await expect(register.make({ dependencies: [fine.id, wrong] })).rejects.toMatchObject({
        code: 'unsuitable-dependency',
        fields: [{ field: '#/dependencies/1' }],
      });
    }
  });

  test('changes that would close a cycle together are not both let through', async () => {
    for (let round = 0; round < 5; round += 1) {
      const ring = await Promise.all(Array.from({ length: 4 }, () => register.make()));
      const outcomes = await Promise.allSettled(
        ring.map((service, index) =>
          register.change(service, { dependencies: [ring[(index + 1) % ring.length]?.id ?? ''] }),
        ),
      );
      const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
      expect(refused).toMatchObject([{ code: 'dependency-cycle' }]);
    }
  });
});

describe('retiring', () => {
  const database = useDatabase(ENTITIES);
  const register = registerOf(database);

  test('a retired service stays readable with its reason, and changes no more', async () => {
    const retired = await register.retire(await register.make({ name: 'Fax gateway' }));
    expect(retired.retired?.reason).toBe('no longer used');
    expect(await serviceByName(database.db, 'fax gateway')).toEqual(retired);
    await expect(register.change(retired, { customer: 'x' })).rejects.toMatchObject({ code: 'service-retired' });
    await expect(register.retire(retired)).rejects.toMatchObject({ code: 'service-retired' });
    await expect(register.make({ name: 'fax gateway' })).rejects.toMatchObject({ code: 'service-name-taken' });
    expect((await auditOf(database.db, 'service', retired.id)).at(-1)).toMatchObject({
      action: 'service.retire',
      details: { reason: 'no longer used' },
    });
  });

  test('what another service in use depends on cannot be retired before it', async () => {
    const base = await register.make({ name: 'Storage' });
    const upper = await register.make({ name: 'Archive', dependencies: [base.id] });
    await expect(register.retire(base)).rejects.toMatchObject({
      code: 'service-still-needed',
      message: 'Storage is still needed by Archive: change or retire those first',
    });
    await register.retire(upper);
    expect((await register.retire(base)).retired).not.toBeNull();
  });

  test('retiring a service and depending on it never both succeed', async () => {
    for (let round = 0; round < 5; round += 1) {
      const base = await register.make();
      const upper = await register.make();
      const outcomes = await Promise.allSettled([
        register.retire(base),
        register.change(upper, { dependencies: [base.id] }),
      ]);
      expect(outcomes.map((outcome) => outcome.status).toSorted()).toEqual(['fulfilled', 'rejected']);
    }
  });
});

describe('Muster itself', () => {
  const database = useDatabase(ENTITIES);
  const register = registerOf(database);
  const ensure = async () => {
    const { principal } = await register.caller();
    const wanted = { ownerId: principal.id, maxProofAgeDays: 8 };
    return database.db.transaction((tx) => ensureMusterService(tx, origin, wanted));
  };

  test('is made once, however many replicas start at once', async () => {
    expect(await musterService(database.db)).toBeUndefined();
    const made = await Promise.all(Array.from({ length: 6 }, ensure));
    expect(new Set(made.map((service) => service.id)).size).toBe(1);
    expect(made[0]).toMatchObject({ name: 'Muster', criticality: 'emergency', system: true, maxProofAgeDays: 8 });
    expect(await musterService(database.db)).toEqual(made[0]);
  });

  test('keeps what people have set when it starts again', async () => {
    const changed = await register.change(await ensure(), { customer: 'All of us', criticality: 'important' });
    expect(await ensure()).toEqual(changed);
  });

  test('can be neither renamed nor retired', async () => {
    const service = await ensure();
    await expect(register.change(service, { name: 'Other' })).rejects.toMatchObject({ code: 'system-service' });
    await expect(register.retire(service)).rejects.toMatchObject({ code: 'system-service' });
    expect(await register.change(service, { name: 'Muster' })).toMatchObject({ name: 'Muster' });
  });

  test('has its backup set attached once, which is a change like any other', async () => {
    const service = await ensure();
    const backupSet = newId();
    const attach = () => database.db.transaction((tx) => attachBackupSet(tx, origin, service.id, backupSet));
    await attach();
    await attach();
    const attached = await serviceById(database.db, service.id);
    expect(attached).toMatchObject({ backupSets: [backupSet], version: service.version + 1 });
    const lines = await auditOf(database.db, 'service', service.id);
    expect(lines.filter((line) => line.action === 'service.attach-backup-set')).toHaveLength(1);
    await expect(
      database.db.transaction((tx) => attachBackupSet(tx, origin, newId(), backupSet)),
    ).rejects.toMatchObject({ code: 'no-such-service' });
  });
});
