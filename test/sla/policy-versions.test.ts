import { describe, expect, test } from 'vitest';
import type { Caller } from '../../src/auth/caller.ts';
import type { Database } from '../../src/database/database.ts';
import { sqlFailureOf } from '../../src/database/sqlstate.ts';
import { PolicyVersionEntity, TargetEntity } from '../../src/sla/policy.entity.ts';
import { currentPolicy, findCurrentPolicy, listPolicyVersions, policyVersion } from '../../src/sla/policy.queries.ts';
import { confirmPolicy, ensureExamplePolicy, replacePolicy } from '../../src/sla/policy.service.ts';
import { EXAMPLE_TARGETS, type PolicyTargets, targetsFor } from '../../src/sla/policy.ts';
import { auditOf, makeCaller } from '../people/cast.ts';
import { runAs, useDatabase } from '../support/database.ts';

const ENTITIES = [PolicyVersionEntity, TargetEntity];

const TIGHTER: PolicyTargets = {
  ...EXAMPLE_TARGETS,
  emergency: { respondSeconds: 600, planSeconds: 1800, recoverSeconds: 7200, rpoSeconds: 3600 },
};

async function confirmed(db: Database): Promise<Caller> {
  const caller = await makeCaller(db);
  await db.transaction(ensureExamplePolicy);
  await db.transaction((tx) => confirmPolicy(tx, caller, { expectedVersion: 1, note: '' }));
  return caller;
}

const replace = (db: Database, caller: Caller, expectedVersion: number, targets = TIGHTER) =>
  db.transaction((tx) => replacePolicy(tx, caller, { expectedVersion, targets, note: '' }));

describe('the first start', () => {
  const database = useDatabase(ENTITIES);

  test('finds no policy and says so', async () => {
    expect(await findCurrentPolicy(database.db)).toBeUndefined();
    await expect(currentPolicy(database.db)).rejects.toMatchObject({ kind: 'not-found', code: 'no-sla-policy' });
  });

  test('makes one example policy, however many replicas start at once', async () => {
    await Promise.all(Array.from({ length: 6 }, () => database.db.transaction(ensureExamplePolicy)));
    const policy = await currentPolicy(database.db);
    expect(policy).toMatchObject({ version: 1, origin: 'example', confirmedBy: null, targets: EXAMPLE_TARGETS });
    expect(targetsFor(policy, 'emergency')).toEqual(EXAMPLE_TARGETS.emergency);
    expect(await listPolicyVersions(database.db, { limit: 10 })).toHaveLength(1);
    expect(await auditOf(database.db, 'sla-policy', '1')).toMatchObject([
      { action: 'sla-policy.create-example', actor_id: null },
    ]);
  });
});

describe('confirming and replacing', () => {
  const database = useDatabase(ENTITIES);

  test('confirming makes a new version with the same targets that somebody stands for', async () => {
    const { db } = database;
    const caller = await makeCaller(db);
    await db.transaction(ensureExamplePolicy);
    const policy = await db.transaction((tx) =>
      confirmPolicy(tx, caller, { expectedVersion: 1, note: 'Contract 2026' }),
    );
    const { id, name } = caller.principal;
    expect(policy).toMatchObject({
      version: 2,
      origin: 'confirmed',
      targets: EXAMPLE_TARGETS,
      note: 'Contract 2026',
      confirmedBy: { id, name },
    });
    expect(await currentPolicy(db)).toEqual(policy);
    expect((await policyVersion(db, 1)).origin).toBe('example');
    expect(await auditOf(db, 'sla-policy', '2')).toMatchObject([
      { action: 'sla-policy.confirm', actor_id: id, request_id: caller.requestId, details: { changes: [] } },
    ]);
  });

  test('what is confirmed cannot be confirmed again', async () => {
    const caller = await makeCaller(database.db);
    await expect(
      database.db.transaction((tx) => confirmPolicy(tx, caller, { expectedVersion: 2, note: '' })),
    ).rejects.toMatchObject({ kind: 'conflict', code: 'policy-already-confirmed' });
  });

  test('replacing keeps every earlier version and records what changed', async () => {
    const { db } = database;
    const caller = await makeCaller(db);
    expect(await replace(db, caller, 2)).toMatchObject({ version: 3, origin: 'confirmed', targets: TIGHTER });
    expect((await policyVersion(db, 2)).targets).toEqual(EXAMPLE_TARGETS);
    const [entry] = await auditOf(db, 'sla-policy', '3');
    expect(entry?.details).toMatchObject({
      changes: expect.arrayContaining([
        {
          ...{ severity: 'emergency', serviceId: null, target: 'recoverSeconds' },
          ...{ before: 14_400, after: 7200, isLooser: false },
        },
      ]),
    });
  });

  test('whoever has read an older version is refused, and nothing is written', async () => {
    const { db } = database;
    const caller = await makeCaller(db);
    await expect(replace(db, caller, 2)).rejects.toMatchObject({ kind: 'stale', code: 'stale-policy-version' });
    await expect(replace(db, caller, 99)).rejects.toMatchObject({ kind: 'stale' });
    expect((await currentPolicy(db)).version).toBe(3);
    expect(await auditOf(db, 'sla-policy', '4')).toEqual([]);
  });

  test('the example never comes back', async () => {
    await database.db.transaction(ensureExamplePolicy);
    expect(await currentPolicy(database.db)).toMatchObject({ version: 3, origin: 'confirmed' });
  });

  test('history is paged from the newest down', async () => {
    const first = await listPolicyVersions(database.db, { limit: 2 });
    const rest = await listPolicyVersions(database.db, { limit: 2, before: 2 });
    expect([...first, ...rest].map((policy) => policy.version)).toEqual([3, 2, 1]);
  });

  test('a version that never was is not found', async () => {
    await expect(policyVersion(database.db, 77)).rejects.toMatchObject({ code: 'no-such-policy-version' });
  });
});

describe('many writers at once', () => {
  const database = useDatabase(ENTITIES);

  test('of writers that have read the same version, exactly one wins', async () => {
    const caller = await confirmed(database.db);
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => replace(database.db, caller, 2)));
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'stale-policy-version' });
    }
  });

  test('writers that read again and again get numbers without a gap', async () => {
    const { db } = database;
    const caller = await makeCaller(db);
    const writeOne = async (): Promise<void> => {
      for (;;) {
        const { version } = await currentPolicy(db);
        const done = await replace(db, caller, version).catch((error) => {
          if (error.code !== 'stale-policy-version') throw error;
        });
        if (done) return;
      }
    };
    await Promise.all(Array.from({ length: 8 }, writeOne));
    const versions = await listPolicyVersions(db, { limit: 100 });
    expect(versions.map((policy) => policy.version)).toEqual(Array.from({ length: 11 }, (_, index) => 11 - index));
  });
});

describe('the database by itself', () => {
  const database = useDatabase(ENTITIES);
  const HEAD = 'INSERT INTO sla_policy_version (version, origin, note, confirmed_by) VALUES';

  /** One statement, or several in one transaction, as the service's role: which constraint or code refused it. */
  async function refusal(...statements: string[]): Promise<string | undefined> {
    try {
      await database.db.transaction(async (tx) => {
        for (const statement of statements) await tx.execute(statement);
      });
    } catch (thrown) {
      const failure = sqlFailureOf(thrown);
      return failure?.constraint ?? failure?.code;
    }
    return undefined;
  }

  const target = (version: number, severity: string, figures = '900, 3600, 14400, 86400') =>
    `INSERT INTO sla_target VALUES (${version}, '${severity}', ${figures})`;

  test('refuses to change, delete or empty what is written, as service and as owner', async () => {
    await confirmed(database.db);
    const attempts = [
      `UPDATE sla_target SET recover_seconds = 999999 WHERE policy_version = 1`,
      `DELETE FROM sla_target WHERE policy_version = 1`,
      `UPDATE sla_policy_version SET origin = 'confirmed' WHERE version = 1`,
      `DELETE FROM sla_policy_version WHERE version = 2`,
      `TRUNCATE sla_target`,
      `TRUNCATE sla_policy_version CASCADE`,
    ];
    for (const attempt of attempts) {
      expect(await refusal(attempt), attempt).toBe('42501');
      await expect(runAs(database.owner, attempt), attempt).rejects.toMatchObject({ code: '42501' });
    }
  });

  test('refuses a number that is not the next one', async () => {
    const caller = await makeCaller(database.db);
    for (const version of [1, 2, 4, 99]) {
      expect(await refusal(`${HEAD} (${version}, 'confirmed', '', '${caller.principal.id}')`)).toBe(
        'sla_policy_version_sequential',
      );
    }
  });

  test('refuses a version that does not set all three severities', async () => {
    const { principal } = await makeCaller(database.db);
    const head = `${HEAD} (3, 'confirmed', '', '${principal.id}')`;
    expect(await refusal(head)).toBe('sla_policy_version_complete');
    expect(await refusal(head, target(3, 'emergency'), target(3, 'important'))).toBe('sla_policy_version_complete');
    expect(await refusal(head, target(3, 'emergency'), target(3, 'emergency'))).toBe('sla_target_pkey');
    expect(await refusal(head, target(3, 'urgent'))).toBe('sla_target_severity');
    expect(await refusal(target(2, 'emergency'))).toBe('sla_target_pkey');
    expect(await refusal(target(9, 'emergency'))).toBe('sla_target_policy_version_fkey');
  });

  test('refuses figures that are unset, out of bounds or contradict each other', async () => {
    const { principal } = await makeCaller(database.db);
    const head = `${HEAD} (3, 'confirmed', '', '${principal.id}')`;
    const cases: [figures: string, refusedBy: string][] = [
      ['NULL, 3600, 14400, 86400', '23502'],
      ['900, 3600, 14400, NULL', '23502'],
      ['0, 3600, 14400, 86400', 'sla_target_respond_seconds_bounds'],
      ['900, -1, 14400, 86400', 'sla_target_plan_seconds_bounds'],
      ['900, 3600, 31622401, 86400', 'sla_target_recover_seconds_bounds'],
      ['900, 3600, 14400, 0', 'sla_target_rpo_seconds_bounds'],
      ['14401, 3600, 14400, 86400', 'sla_target_respond_within_recover'],
      ['900, 14401, 14400, 86400', 'sla_target_plan_within_recover'],
    ];
    for (const [figures, refusedBy] of cases) {
      expect(await refusal(head, target(3, 'emergency', figures)), figures).toBe(refusedBy);
    }
  });

  test('refuses a second example, and a confirmed version that nobody stands for', async () => {
    const { principal } = await makeCaller(database.db);
    expect(await refusal(`${HEAD} (3, 'example', '', NULL)`)).toBe('sla_policy_version_example_first');
    expect(await refusal(`${HEAD} (3, 'confirmed', '', NULL)`)).toBe('sla_policy_version_somebody_stands_for_it');
    expect(await refusal(`${HEAD} (3, 'guessed', '', '${principal.id}')`)).toBe('sla_policy_version_origin');
    expect(await refusal(`${HEAD} (3, 'confirmed', '', gen_random_uuid())`)).toBe(
      'sla_policy_version_confirmed_by_fkey',
    );
  });

  test('gives writers that skip the lock numbers without a gap all the same', async () => {
    const { principal } = await makeCaller(database.db);
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, () =>
        refusal(
          `${HEAD} (3, 'confirmed', '', '${principal.id}')`,
          ...['emergency', 'important', 'general'].map((severity) => target(3, severity)),
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set([undefined, 'sla_policy_version_sequential']));
  });
});
