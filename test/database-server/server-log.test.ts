import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openServerLog } from '../../src/database/server/server-log.ts';
import { until } from './scratch.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'mst-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('a writer that keeps the log open is bounded while it runs, and its next lines land at the new end', async () => {
  const path = join(root, 'bounded.log');
  const log = openServerLog(path, { sizeBytesMax: 20_000, checkIntervalMs: 10 });
  const writer = spawn('sh', ['-c', 'read go; yes line | head -n 10000; read go; echo the last'], {
    stdio: ['pipe', log.fd, log.fd],
  });
  writer.stdin?.write('go\n');
  await until('the log was moved', 10, () => existsSync(`${path}.1`) && statSync(path).size < 20_000);
  writer.stdin?.write('go\n');
  await once(writer, 'exit');
  expect(log.lastLines(1)).toEqual(['the last']);
  expect(readFileSync(path, 'utf8')).not.toContain('\0');
  log.close();
});

test('the last lines are those of this start only', () => {
  const path = join(root, 'starts.log');
  const first = openServerLog(path);
  writeSync(first.fd, 'an old failure\n');
  first.close();
  const second = openServerLog(path);
  expect(second.lastLines(5)).toEqual([]);
  writeSync(second.fd, 'a new failure\n');
  expect(second.lastLines(5)).toEqual(['a new failure']);
  second.close();
});
