import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { useApp } from './support.ts';

const SCRIPT = 'document.title = "built";\n'.repeat(100);

describe('the console over HTTP', () => {
  const directory = mkdtempSync(join(tmpdir(), 'mco-'));
  const app = useApp(useDatabase([]), () => ({ consoleDirectory: directory }));
  const opened = (path: string) => supertest(app.app).get(path).set('Accept', 'text/html,application/xhtml+xml');

  beforeAll(() => {
    mkdirSync(join(directory, 'assets'));
    writeFileSync(
      join(directory, 'index.html'),
      '<meta property="csp-nonce" nonce="CSP_NONCE"><script src="/assets/a-1.js" nonce="CSP_NONCE"></script>',
    );
    writeFileSync(join(directory, 'icon.svg'), '<svg/>');
    writeFileSync(join(directory, 'assets/a-1.js'), SCRIPT);
    writeFileSync(join(directory, 'assets/a-1.js.gz'), gzipSync(SCRIPT));
    writeFileSync(join(directory, 'assets/a-1.js.br'), brotliCompressSync(SCRIPT));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('answers every address that a browser opens with its one page, under a policy that lets no script stand in it', async () => {
    for (const path of ['/', '/spares', '/drills/runs/1?tab=log']) {
      const answer = await opened(path).expect(200);
      const policy = answer.headers['content-security-policy'] ?? '';
      const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? 'none';
      expect(policy).toContain("default-src 'none'; script-src 'self';");
      expect(policy).not.toContain('unsafe');
      expect(answer.text).toContain(`nonce="${nonce}"`);
      expect(answer.text).not.toContain('CSP_NONCE');
      expect(answer.headers['cache-control']).toBe('no-store');
    }
    const [first, second] = await Promise.all([opened('/'), opened('/')]);
    expect(first.text).not.toBe(second.text);
  });

  test('leaves the addresses of programs to them', async () => {
    await opened('/api/v1/nothing')
      .expect(404)
      .expect('Content-Type', /problem\+json/);
    await opened('/assets/gone-2.js')
      .expect(404)
      .expect('Content-Type', /problem\+json/);
    await supertest(app.app).get('/nothing').set('Accept', 'application/json').expect(404);
    await supertest(app.app).post('/spares').set('Accept', 'text/html').expect(404);
    await supertest(app.app).get('/assets/..%2f..%2fpackage.json').expect(404);
  });

  test('sends files compressed to those who take it, to be kept for ever, and nothing to those who have them', async () => {
    const packed = await supertest(app.app).get('/assets/a-1.js').set('Accept-Encoding', 'gzip, br').expect(200);
    expect(packed.headers).toMatchObject({
      'content-encoding': 'br',
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'Accept-Encoding',
      'x-content-type-options': 'nosniff',
    });
    const plain = await supertest(app.app).get('/assets/a-1.js').set('Accept-Encoding', 'identity').expect(200);
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.text).toBe(SCRIPT);
    const gzip = await supertest(app.app).get('/assets/a-1.js').set('Accept-Encoding', 'gzip').expect(200);
    expect(gzip.headers['content-encoding']).toBe('gzip');
    expect(gzip.text).toBe(SCRIPT);
    const icon = await supertest(app.app).get('/icon.svg').expect(200);
    expect(icon.headers['cache-control']).toBe('no-cache');
    await supertest(app.app)
      .get('/icon.svg')
      .set('If-None-Match', icon.headers.etag ?? '')
      .expect(304, '');
  });

  test('stays of one piece while another one is built under it', async () => {
    await opened('/').expect(200);
    rmSync(join(directory, 'assets'), { recursive: true, force: true });
    await supertest(app.app).get('/assets/a-1.js').expect(200);
  });

  test('says so when it was never built', async () => {
    const bare = app.variant({ consoleDirectory: join(directory, 'nowhere') });
    const answer = await supertest(bare).get('/').set('Accept', 'text/html').expect(503);
    expect(answer.text).toContain('The console is not built');
    await supertest(bare).get('/').set('Accept', 'application/json').expect(404);
  });
});
