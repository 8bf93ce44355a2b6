import { describe, expect, test } from 'vitest';
import { auditRoutes } from '../../src/audit/audit.routes.ts';
import { recordAudit } from '../../src/audit/audit.store.ts';
import { verifyAudit } from '../../src/audit/audit-verification.ts';
import { readSealStatus } from '../../src/audit/seal-status.ts';
import { auditExportRoutes } from '../../src/imports/audit-export.routes.ts';
import { newSecret } from '../../src/kernel/ids.ts';
import { routeViolations } from '../http/route-rules.ts';
import { makeCaller, useApp } from '../http/support.ts';
import { useDatabase } from '../support/database.ts';
import { recordTest, sealAll, useTrail } from './trail.ts';

const database = useDatabase();
const trail = useTrail();
const anchors = () => ({ db: database.db, keys: trail.keys, anchorDirectory: `${trail.directory}/anchors` });
const routes = [
  ...auditRoutes({
    verify: (signal) => verifyAudit({ ...anchors(), signal }),
    sealStatus: () => readSealStatus(anchors()),
  }),
  ...auditExportRoutes(),
];
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

  test('finds a text in the details as well as in the names, whatever the case, and takes no sign for a wildcard', async () => {
    const word = `100%_${newSecret().slice(0, 8)}`;
    await database.db.transaction((tx) => recordTest(tx, word, 'test.words'));
    await database.db.transaction((tx) => recordTest(tx, word.replace('%_', 'xx'), 'test.words'));
    const found = await list(`?text=${encodeURIComponent(word.toUpperCase())}`);
    expect(found).toMatchObject({ items: [{ details: { note: word } }], next: null });
    expect(subjects(await list(`?text=${encodeURIComponent(word)}&action=test.find`))).toEqual([]);
    const [entry] = found.items;
    expect((await server.request('get', `/api/v1/audit-entries/${entry.id}`)).body).toEqual(entry);
    expect((await server.request('get', '/api/v1/audit-entries/999999999')).body.code).toBe('no-such-audit-entry');
  });

  test('stops a search for a text after so many entries, and goes on from there', async () => {
    const action = `test.many-${newSecret()
      .toLowerCase()
      .replaceAll(/[^a-z]/g, '')}`;
    await database.db.transaction((tx) => recordTest(tx, 'the oldest', action));
    await database.db.execute(
      `INSERT INTO audit_entry (actor_name, action, subject_kind, subject_id)
       SELECT 'muster', $1, 'test', 'filler' FROM generate_series(1, 20000)`,
      [action],
    );
    const first = await list(`?text=oldest&action=${action}`);
    expect(first).toMatchObject({ items: [], next: expect.any(String) });
    const second = await list(`?text=oldest&action=${action}&after=${first.next}`);
    expect(second).toMatchObject({ items: [{ subject: { id: 'the oldest' } }], next: null });
  });

  test('keeps what the service did apart from what others did, and knows what it can be asked for', async () => {
    const { principal } = await makeCaller(database.db, 'doer', []);
    const by = { principalId: principal.id, name: 'doer' };
    const written = { actor: by, action: 'test.by', subjectKind: 'test', subjectId: 'theirs' };
    await database.db.transaction((tx) => recordAudit(tx, written));
    await database.db.transaction((tx) => recordTest(tx, 'its own', 'test.by'));
    expect(new Set(subjects(await list('?action=test.by&doneBy=service')))).toEqual(new Set(['its own']));
    expect(new Set(subjects(await list('?action=test.by&doneBy=principals')))).toEqual(new Set(['theirs']));
    const { body } = await server.request('get', '/api/v1/audit/vocabulary');
    expect(body.actors).toContainEqual({ id: principal.id, name: 'doer' });
    expect(body.actions).toContain('test.by');
    expect(body.subjectKinds).toContain('test');
  });

  test('goes out as CSV by the same filters, without formulas', async () => {
    await database.db.transaction((tx) => recordTest(tx, '=HYPERLINK("x")', 'test.csv'));
    const { headers, text } = await server.request('get', '/api/v1/audit-entries.csv?action=test.csv');
    expect(headers['content-disposition']).toContain('audit-entries.csv');
    const [columns, line] = text.replace('\uFEFF', '').split('\n');
    expect(columns).toBe('id,occurred_at,actor_id,actor,action,subject_kind,subject_id,details,request_id,seal');
    expect(line).toContain(`,muster,test.csv,test,"'=HYPERLINK(""x"")",`);
  });

  test('says up to where the trail is sealed and anchored', async () => {
    await database.db.transaction((tx) => recordTest(tx, 'sealed', 'test.status'));
    await sealAll(database.db, trail.keys);
    const { body } = await server.request('get', '/api/v1/audit/seal-status');
    expect(body).toMatchObject({ seal: { seq: expect.any(String) }, waitingSeconds: 0, anchor: null });
    const [newest] = (await list('?limit=1')).items;
    expect(body.seal.entryId).toBe(newest.id);
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
    for (const path of routes.filter(({ path }) => !path.includes('{')).map(({ path }) => `/api/v1${path}`)) {
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
