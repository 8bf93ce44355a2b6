import { describe, expect, test } from 'vitest';
import { auditRoutes } from '../../src/audit/audit.routes.ts';
import { verifyAudit } from '../../src/audit/audit-verification.ts';
import { routeViolations } from '../http/route-rules.ts';
import { makeCaller, useApp } from '../http/support.ts';
import { useDatabase } from '../support/database.ts';
import { recordTest, sealAll, useTrail } from './trail.ts';

const database = useDatabase();
const trail = useTrail();
const routes = auditRoutes({
  verify: (signal) =>
    verifyAudit({ db: database.db, keys: trail.keys, anchorDirectory: `${trail.directory}/anchors`, signal }),
});
const server = useApp(database, () => ({ routes }));

const list = async (query = '') => (await server.request('get', `/api/v1/audit-entries${query}`)).body;
const subjects = (page: { items: { subject: { id: string } }[] }) => page.items.map((item) => item.subject.id);

describe('the audit trail over HTTP', () => {
  test('pages through every entry once, the newest first, while new ones arrive', async () => {
    await database.db.transaction(async (tx) => {
      for (let at = 0; at < 25; at += 1) await recordTest(tx, `page-${String(at).padStart(2, '0')}`, 'test.page');
    });
    const seen: string[] = [];
    let next: string | null = null;
    do {
      const page = await list(`?action=test.page&limit=7${next === null ? '' : `&after=${next}`}`);
      seen.push(...subjects(page));
      next = page.next;
      await database.db.transaction((tx) => recordTest(tx, 'later', 'test.page'));
    } while (next !== null);
    expect(seen).toEqual(Array.from({ length: 25 }, (_, at) => `page-${String(24 - at).padStart(2, '0')}`));
  });

  test('finds by action, subject, actor and time', async () => {
    await database.db.transaction((tx) => recordTest(tx, 'needle', 'test.find'));
    expect(subjects(await list('?action=test.find'))).toEqual(['needle']);
    expect(subjects(await list('?subjectKind=test&subjectId=needle'))).toEqual(['needle']);
    const everything = await list('?limit=200');
    const at = everything.items.find((item: { action: string }) => item.action === 'test.find').occurredAt;
    const after = new Date(Date.parse(at) + 1).toISOString();
    expect(subjects(await list(`?action=test.find&from=${at}&until=${after}`))).toEqual(['needle']);
    expect(subjects(await list(`?action=test.find&from=${after}`))).toEqual([]);
    const { principal } = await makeCaller(database.db, 'other', []);
    expect((await list(`?actorId=${principal.id}`)).items).toEqual([]);
  });

  test('says which seal covers an entry, once one does', async () => {
    await database.db.transaction((tx) => recordTest(tx, 'sealed', 'test.seal'));
    await sealAll(database.db, trail.keys);
    const [item] = (await list('?action=test.seal')).items;
    expect(item).toMatchObject({ sealSeq: expect.stringMatching(/^\d+$/), actor: { id: null, name: 'muster' } });
  });

  test('verifies on request, and its answer is the report', async () => {
    await sealAll(database.db, trail.keys);
    const response = await server.request('get', '/api/v1/audit/verification');
    expect(response.status).toBe(200);
    expect(response.body).toMatchObject({ sound: false, findings: [{ kind: 'anchors-missing' }] });
    expect(response.body.sealed).toBe(response.body.entries);
  });

  test('is for auditors and administrators only', async () => {
    const operator = await makeCaller(database.db, 'operator', ['operator', 'asset-manager', 'viewer']);
    const auditor = await makeCaller(database.db, 'auditor', ['auditor']);
    for (const path of ['/api/v1/audit-entries', '/api/v1/audit/verification']) {
      expect((await server.request('get', path).set('Authorization', operator.bearer)).status).toBe(403);
      expect((await server.request('get', path).set('Authorization', auditor.bearer)).status).toBe(200);
    }
  });

  test('keeps the rules of the house', () => {
    expect(routeViolations(routes)).toEqual([]);
  });

  test.each(['0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '0000-01-01T00:00:00+18:00'])(
    'takes the instant %s, however far away',
    async (instant) => {
      const response = await server.request('get', `/api/v1/audit-entries?from=${encodeURIComponent(instant)}`);
      expect(response.status).toBeLessThan(500);
    },
  );
});
