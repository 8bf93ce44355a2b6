import supertest from 'supertest';
import { beforeAll, describe, expect, test } from 'vitest';
import { ServiceEntity } from '../../src/services/service.entity.ts';
import { PolicyVersionEntity, TargetEntity } from '../../src/sla/policy.entity.ts';
import { loosenedSince } from '../../src/sla/policy.queries.ts';
import { policyRoutes } from '../../src/sla/policy.routes.ts';
import { ensureExamplePolicy } from '../../src/sla/policy.service.ts';
import { EXAMPLE_TARGETS } from '../../src/sla/policy.ts';
import { policyProposalRoutes } from '../../src/sla/policy-proposal.routes.ts';
import { type Caller, makeCaller, useApp } from '../http/support.ts';
import { auditOf } from '../people/cast.ts';
import { registerOf } from '../services/register.ts';
import { runAs, useDatabase } from '../support/database.ts';

const database = useDatabase([PolicyVersionEntity, TargetEntity, ServiceEntity]);
const server = useApp(database, () => ({ routes: [...policyRoutes(), ...policyProposalRoutes()] }));
const POLICY = '/api/v1/sla-policy';

const LOOSER = { ...EXAMPLE_TARGETS, emergency: { ...EXAMPLE_TARGETS.emergency, recoverSeconds: 28_800 } };
let second: Caller;
let serviceId = '';

beforeAll(async () => {
  await database.db.transaction(ensureExamplePolicy);
  second = await makeCaller(database.db, 'Second person', ['admin'], 'person');
  serviceId = (await registerOf(database).make()).id;
  expect((await post('/confirm', 1)).status).toBe(201);
});

const post = (path: string, version?: number, body: object = {}) => {
  const request = server.request('post', POLICY + path);
  return (version === undefined ? request : request.set('If-Match', `"${version}"`)).send(body);
};
const postAsSecond = (path: string, body: object = {}) =>
  supertest(server.app)
    .post(POLICY + path)
    .set('Authorization', second.bearer)
    .send(body);
const versionInForce = async () => (await server.request('get', POLICY)).body.version as number;

async function proposed(body: object): Promise<string> {
  const answer = await post('/proposals', await versionInForce(), body);
  expect(answer.status).toBe(201);
  return answer.body.id;
}

describe('a target that is loosened', () => {
  test('is not replaced by one, and the answer says what would be loosened', async () => {
    const answer = await post('/versions', await versionInForce(), { targets: LOOSER });
    expect([answer.status, answer.body.code]).toEqual([409, 'loosening-needs-approval']);
    expect(answer.body.detail).toContain('recoverSeconds of emergency from 14400 s to 28800 s');
    expect(await versionInForce()).toBe(2);
  });

  test('waits in a proposal until another person approves it, who stands beside its author', async () => {
    const id = await proposed({ targets: LOOSER, note: 'The new contract' });
    expect(await versionInForce()).toBe(2);
    const mine = await post(`/proposals/${id}/approve`);
    expect([mine.status, mine.body.code]).toEqual([422, 'second-person-needed']);
    const approved = await postAsSecond(`/proposals/${id}/approve`, { note: 'Read it' });
    expect(approved.body.decision).toMatchObject({ outcome: 'approved', policyVersion: 3, note: 'Read it' });
    expect((await server.request('get', POLICY)).body).toMatchObject({
      version: 3,
      targets: LOOSER,
      confirmedBy: { id: server.admin.principal.id },
      approvedBy: { id: second.principal.id },
    });
    expect((await auditOf(database.db, 'sla-policy-proposal', id)).map(({ action }) => action)).toEqual([
      'sla-policy-proposal.propose',
      'sla-policy-proposal.approve',
    ]);
    expect((await auditOf(database.db, 'sla-policy', '3'))[0]).toMatchObject({ action: 'sla-policy.approve' });
  });

  test('is told to whoever was measured by the version before', async () => {
    const { db } = database;
    const about = { severity: 'emergency', serviceId: null } as const;
    expect(await loosenedSince(db, { since: 2, until: 3 }, about)).toEqual([
      'Policy version 3 loosened recoverSeconds of emergency from 14400 s to 28800 s, approved by Second person.',
    ]);
    expect(await loosenedSince(db, { since: 2, until: 3 }, { ...about, severity: 'general' })).toEqual([]);
    expect(await loosenedSince(db, { since: 3, until: 3 }, about)).toEqual([]);
  });

  test('is tightened again by one', async () => {
    expect((await post('/versions', 3, { targets: EXAMPLE_TARGETS })).status).toBe(201);
  });
});

describe('a proposal', () => {
  test('is decided once', async () => {
    const id = await proposed({ targets: LOOSER });
    const rejected = await postAsSecond(`/proposals/${id}/reject`, { note: 'No' });
    expect(rejected.body.decision).toMatchObject({ outcome: 'rejected', policyVersion: null });
    const again = await postAsSecond(`/proposals/${id}/approve`);
    expect([again.status, again.body.code]).toEqual([409, 'proposal-decided']);
  });

  test('that was made for an older version cannot be approved any more', async () => {
    const id = await proposed({ targets: LOOSER });
    const version = await versionInForce();
    expect((await post('/versions', version, { targets: EXAMPLE_TARGETS, note: 'The same' })).status).toBe(201);
    const answer = await postAsSecond(`/proposals/${id}/approve`);
    expect([answer.status, answer.body.code]).toEqual([412, 'stale-policy-version']);
  });

  test('that two approve at the same time becomes one version', async () => {
    const id = await proposed({ targets: LOOSER });
    const version = await versionInForce();
    const answers = await Promise.all([1, 2, 3].map(() => postAsSecond(`/proposals/${id}/approve`)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await versionInForce()).toBe(version + 1);
    expect((await post('/versions', version + 1, { targets: EXAMPLE_TARGETS })).status).toBe(201);
  });

  test('is listed with what it changes', async () => {
    const { items } = (await server.request('get', `${POLICY}/proposals?limit=1`)).body;
    expect(items[0].changes).toMatchObject([
      { target: 'recoverSeconds', before: 14_400, after: 28_800, isLooser: true },
    ]);
    expect((await server.request('get', `${POLICY}/proposals/${items[0].id}`)).body).toEqual(items[0]);
  });
});

describe('targets of a service', () => {
  const own = (more: object) => [{ serviceId, severity: 'emergency', ...more }];

  test('go with a version, stay where they are left out, and loosen when they go', async () => {
    const services = own({ recoverSeconds: 7200, terms: { update: { unit: 'hours', amount: 1, counted: 'always' } } });
    const version = await versionInForce();
    const first = await post('/versions', version, { targets: EXAMPLE_TARGETS, services });
    expect(first.body).toMatchObject({ services });
    const second = await post('/versions', version + 1, { targets: EXAMPLE_TARGETS });
    expect(second.body).toMatchObject({ services });
    const gone = await post('/versions', version + 2, { targets: EXAMPLE_TARGETS, services: [] });
    expect([gone.status, gone.body.code]).toEqual([409, 'loosening-needs-approval']);
  });

  test.each([
    ['of a service that there is not', { serviceId: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11' }, 'unsuitable-service'],
    ['that contradict the severity', { severity: 'important', recoverSeconds: 600 }, 'contradicting-targets'],
  ])('%s are refused', async (_, more, code) => {
    const { services } = (await server.request('get', POLICY)).body;
    const body = { targets: EXAMPLE_TARGETS, services: [...services, ...own(more)] };
    const answer = await post('/versions', await versionInForce(), body);
    expect([answer.status, answer.body.code]).toEqual([422, code]);
  });
});

describe('behind the API', () => {
  const run = (sql: string) => runAs(database.superuser, sql);

  test('the database refuses a loosened version that nobody else has approved, and targets of services afterwards', async () => {
    const version = await versionInForce();
    const by = server.admin.principal.id;
    const loosened = (approvedBy: string) => `BEGIN;
      INSERT INTO sla_policy_version (version, origin, note, confirmed_by, approved_by)
        VALUES (${version + 1}, 'confirmed', '', '${by}', ${approvedBy});
      INSERT INTO sla_target SELECT ${version + 1}, severity, respond_seconds, plan_seconds, recover_seconds, rpo_seconds + 1
        FROM sla_target WHERE policy_version = ${version};
      COMMIT`;
    await expect(run(loosened('NULL'))).rejects.toMatchObject({ constraint: 'sla_policy_version_loosened_by_two' });
    await expect(run(loosened(`'${by}'`))).rejects.toMatchObject({
      constraint: 'sla_policy_version_approved_by_another',
    });
    await expect(
      run(
        `INSERT INTO sla_service_target (policy_version, service_id, severity) VALUES (1, '${serviceId}', 'general')`,
      ),
    ).rejects.toMatchObject({ constraint: 'sla_service_target_with_version' });
    expect(await versionInForce()).toBe(version);
  });
});
