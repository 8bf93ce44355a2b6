import supertest from 'supertest';
import { beforeAll, describe, expect, test } from 'vitest';
import { PolicyVersionEntity, TargetEntity } from '../../src/sla/policy.entity.ts';
import { policyRoutes } from '../../src/sla/policy.routes.ts';
import { ensureExamplePolicy } from '../../src/sla/policy.service.ts';
import { EXAMPLE_TARGETS } from '../../src/sla/policy.ts';
import { makeCaller, useApp } from '../http/support.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase([PolicyVersionEntity, TargetEntity]);
const server = useApp(database, () => ({ routes: policyRoutes() }));
const POLICY = '/api/v1/sla-policy';

const send = (path: string, version: number, body?: object) => {
  const request = server.request('post', POLICY + path).set('If-Match', `"${version}"`);
  return body === undefined ? request : request.send(body);
};

const emergency = { respondSeconds: 600, planSeconds: 1200, recoverSeconds: 3600, rpoSeconds: 900 };

describe('the SLA policy over HTTP', () => {
  test('before the first start there is none', async () => {
    const answer = await server.request('get', POLICY);
    expect([answer.status, answer.body.code]).toEqual([404, 'no-sla-policy']);
  });

  describe('after the first start', () => {
    beforeAll(() => database.db.transaction(ensureExamplePolicy));

    test('answers the example, and says that it is no commitment', async () => {
      const answer = await server.request('get', POLICY);
      expect([answer.status, answer.headers.etag]).toEqual([200, '"1"']);
      expect(answer.body).toEqual({
        version: 1,
        origin: 'example',
        notice: 'example targets, not your commitment',
        targets: EXAMPLE_TARGETS,
        note: expect.any(String),
        createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
        confirmedBy: null,
        approvedBy: null,
        services: [],
        starts: {},
      });
    });

    test('is changed neither without the permission nor without the version that was read', async () => {
      const operator = await makeCaller(database.db, 'operator', ['operator']);
      const as = (path: string) =>
        supertest(server.app)
          .post(POLICY + path)
          .set('Authorization', operator.bearer)
          .set('If-Match', '"1"');
      expect((await as('/confirm')).status).toBe(403);
      expect((await as('/versions').send({ targets: EXAMPLE_TARGETS })).status).toBe(403);
      expect((await server.request('post', `${POLICY}/confirm`)).status).toBe(428);
      expect((await send('/confirm', 7)).status).toBe(412);
    });

    test.each([
      ['a severity left out', { ...EXAMPLE_TARGETS, general: undefined }, '#/targets/general'],
      [
        'a target left out',
        { ...EXAMPLE_TARGETS, emergency: { ...emergency, rpoSeconds: undefined } },
        '#/targets/emergency/rpoSeconds',
      ],
      [
        'a target of null',
        { ...EXAMPLE_TARGETS, emergency: { ...emergency, rpoSeconds: null } },
        '#/targets/emergency/rpoSeconds',
      ],
      [
        'a target of 0',
        { ...EXAMPLE_TARGETS, emergency: { ...emergency, recoverSeconds: 0 } },
        '#/targets/emergency/recoverSeconds',
      ],
      [
        'a response after the recovery',
        { ...EXAMPLE_TARGETS, emergency: { ...emergency, respondSeconds: 3601 } },
        '#/targets/emergency/respondSeconds',
      ],
      ['an unknown severity', { ...EXAMPLE_TARGETS, urgent: emergency }, '#/targets/urgent'],
    ])('is not replaced by a set with %s', async (_, targets, field) => {
      const answer = await send('/versions', 1, { targets });
      expect(answer.status).toBe(400);
      expect(answer.body.fields.map((problem: { field: string }) => problem.field)).toContain(field);
      expect((await server.request('get', POLICY)).body.version).toBe(1);
    });

    test('is confirmed, then replaced, and keeps its history', async () => {
      const confirmed = await send('/confirm', 1);
      expect([confirmed.status, confirmed.headers.location]).toEqual([201, `${POLICY}/versions/2`]);
      const { id, name } = server.admin.principal;
      expect(confirmed.body).toMatchObject({
        version: 2,
        origin: 'confirmed',
        notice: null,
        targets: EXAMPLE_TARGETS,
        confirmedBy: { id, name },
      });
      const again = await send('/confirm', 2, { note: 'twice' });
      expect([again.status, again.body.code]).toEqual([409, 'policy-already-confirmed']);

      const targets = { ...EXAMPLE_TARGETS, emergency };
      const replaced = await send('/versions', 2, { targets, note: 'Contract of 2027' });
      expect([replaced.status, replaced.headers.etag]).toEqual([201, '"3"']);
      expect(replaced.body).toMatchObject({ version: 3, targets, note: 'Contract of 2027', notice: null });
      expect((await server.request('get', POLICY)).body).toEqual(replaced.body);

      const first = await server.request('get', `${POLICY}/versions?limit=2`);
      const rest = await server.request('get', `${POLICY}/versions?limit=2&after=${first.body.next}`);
      expect(first.body.items).toEqual([replaced.body, confirmed.body]);
      expect(rest.body).toMatchObject({ items: [{ version: 1, notice: expect.any(String) }], next: null });
      expect((await server.request('get', `${POLICY}/versions/2`)).body).toEqual(confirmed.body);
    });

    test.each([
      ['/versions/99', 404],
      ['/versions/0', 400],
      ['/versions/1.5', 400],
      ['/versions/99999999999', 400],
      ['/versions/latest', 400],
      ['/versions?limit=0', 400],
    ])('GET %s is %i', async (path, status) => {
      expect((await server.request('get', POLICY + path)).status).toBe(status);
    });

    test('a confirmation that is sent again under its key happens once', async () => {
      const { version, targets } = (await server.request('get', POLICY)).body;
      const post = () => send('/versions', version, { targets }).set('Idempotency-Key', 'policy-of-2028');
      const [one, two] = [await post(), await post()];
      expect([one.status, two.status]).toEqual([201, 201]);
      expect(two.body).toEqual(one.body);
      expect((await server.request('get', POLICY)).body.version).toBe(version + 1);
    });
  });
});
