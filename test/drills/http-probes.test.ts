import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { createEgress } from '../../src/egress/egress.ts';
import { closeServers, serveHttp } from '../egress/server.ts';
import { useFileDrill } from './support/file-drill.ts';
import { NOTHING_LEFT } from './support/watching.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
closeServers();
const { drilling, treeAnd, script, reportOf } = useFileDrill();

/** A serve step, whose script is what a server of Node does with a request. */
async function serving(name: string, handler: string) {
  const listening = `require("http").createServer(${handler}).listen(process.env.HTTP_SOCKET)`;
  const step = await script(`${name}.sh`, `exec node -e '${listening}' "$@"`);
  // The address space that Node reserves, not what it uses.
  return { ...step, step: 'serve', name, memoryMiB: 1_048_576 } as const;
}

/** Processes of this machine that were started for a run. */
function processesOf({ id }: { readonly id: string }): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(id);
    } catch {
      return false;
    }
  });
}

const HEALTH = `(q, r) => {
  r.setHeader("x-kind", "test");
  r.end(JSON.stringify({ status: "ok", rows: 12, "a/b": [{ up: true, none: null }], path: q.url }));
}`;

describe('what the run itself serves', () => {
  test('is asked by steps and checks over its socket, and is gone with the run', async () => {
    const serve = await serving('web', HEALTH);
    const { run, said, checks } = await drilling.drill({
      ...treeAnd(serve, { step: 'http', service: 'web', path: '/health?full=1' }),
      validation: [
        {
          ...{ check: 'http', service: 'web', path: '/health' },
          expect: {
            headers: { 'X-Kind': { equals: 'test' } },
            body: { matches: '"status":"ok"' },
            json: {
              '/status': { oneOf: ['ok', 'fine'] },
              '/rows': { range: { min: 10 } },
              '/a~1b/0/up': { equals: true },
              '/a~1b/0/none': { equals: null },
              '/path': { equals: '/health' },
            },
          },
        },
        { check: 'http', service: 'web', method: 'HEAD', name: 'only its head' },
      ],
    });
    expect(checks.filter(({ result }) => result !== 'passed')).toEqual([]);
    expect(run).toMatchObject({ status: 'completed', procedure: 'passed', cleanup: 'done' });
    expect(said.restore).toMatch(/the service web listens; web \/health\?full=1 answered as expected$/);
    expect(said.validate).toBe('8 of 8 answers as expected; 1 of 1 answers as expected');
    expect(processesOf(run)).toEqual([]);
    expect(await drilling.leftovers()).toEqual(NOTHING_LEFT);
  });

  test('is waited for until it is healthy', async () => {
    const serve = await serving(
      'slow',
      '(q, r) => { global.n = (global.n ?? 0) + 1; r.writeHead(n < 3 ? 503 : 200).end(); }',
    );
    const retry = { attempts: 5, delaySeconds: 0 };
    const { run } = await drilling.drill(treeAnd(serve, { step: 'http', service: 'slow', retry }));
    expect(run).toMatchObject({ status: 'completed', procedure: 'passed' });
    const { steps } = await reportOf(run);
    const tries = steps.filter(({ step }) => step === 'http slow /');
    expect(tries.map(({ outcome }) => outcome)).toEqual(['retried', 'retried', 'done']);
    expect(tries[0]?.detail).toBe('slow /: status is 503, expected 200');
  });

  test('fails by its status, a header, a value; what it answered stands in no report', async () => {
    const serve = await serving(
      'wrong',
      '(q, r) => { r.statusCode = 500; r.setHeader("x-token", "geheim-1"); r.end("{\\"v\\":\\"geheim-2\\"}"); }',
    );
    const { run, checks } = await drilling.drill({
      ...treeAnd(serve),
      validation: [
        {
          ...{ check: 'http', service: 'wrong' },
          expect: {
            status: [200, 204],
            headers: { 'x-token': { equals: 'a' }, 'x-none': { equals: 'a' } },
            json: { '/v': { equals: 'b' }, '/w': { equals: 'b' } },
          },
        },
      ],
    });
    expect(run).toMatchObject({ status: 'completed', validation: 'failed', procedure: 'failed' });
    expect(checks.map(({ actual, result }) => [actual, result])).toEqual([
      ['0 of 5 answers as expected', 'failed'],
      ...['500', 'something else', 'not there', 'something else', 'not there'].map((actual) => [actual, 'failed']),
    ]);
    expect(JSON.stringify(await reportOf(run))).not.toContain('geheim');
    expect(processesOf(run)).toEqual([]);
  });

  test('that ends, or puts something else into the place of its socket, is not taken for listening', async () => {
    const ends = { ...(await script('ends.sh', 'echo "no port"; exit 9')), step: 'serve', name: 'ends' } as const;
    const gone = await drilling.drill(treeAnd(ends));
    expect(gone.run).toMatchObject({ status: 'failed', cleanup: 'done' });
    expect(gone.run.statusReason).toMatch(/^The service ends did not come to listen: .*ended with status 9: no port$/);

    // A server of this machine that no drill has started, whose socket the script leads to.
    let asked = 0;
    const socket = join((await drilling.deps()).runtimeDirectory, 'else.sock');
    const outside = createServer((_request, response) => {
      asked += 1;
      response.end();
    });
    await new Promise<void>((resolve) => outside.listen(socket, resolve));
    const swap = `(q, r) => {
      const fs = require("fs");
      fs.rmSync(process.env.HTTP_SOCKET);
      fs.symlinkSync(process.argv[1], process.env.HTTP_SOCKET);
      r.end();
    }`;
    const serve = await serving('swap', swap);
    const { checks } = await drilling.drill({
      ...treeAnd({ ...serve, args: [socket] }, { step: 'http', service: 'swap' }),
      validation: [{ check: 'http', service: 'swap' }],
    });
    outside.close();
    expect(checks[1]?.actual).toBe('The service swap does not listen: there is no socket');
    expect(asked).toBe(0);
  });
});

describe('what lies elsewhere', () => {
  test('is asked where the administrator allows it, and no redirect is followed', async () => {
    const port = await serveHttp((request, response) => {
      if (request.url === '/token/abc') response.end('ready');
      else response.writeHead(302, { location: '/token/abc' }).end();
    });
    const at = `http://127.0.0.1:${port}`;
    const validation = [
      { check: 'http' as const, url: `${at}/token/abc`, expect: { body: { equals: 'ready' } } },
      { check: 'http' as const, url: `${at}/else`, expect: { status: 302 } },
    ];
    const allowed = await drilling.drill({ ...treeAnd(), validation }, { egress: createEgress({ allowList: [at] }) });
    expect(allowed.run).toMatchObject({ validation: 'passed', procedure: 'passed' });
    expect(allowed.checks[0]?.subject).toBe(at);
    const refused = await drilling.drill({ ...treeAnd(), validation });
    expect(refused.run).toMatchObject({ validation: 'failed', procedure: 'failed' });
    expect(refused.checks[1]?.actual).toMatch(/must be listed itself: an administrator allows it/);
  });
});
