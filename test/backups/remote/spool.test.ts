import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openSpool } from '../../../src/backups/remote/spool.ts';
import { testLog } from '../../support/log.ts';

const spoolRoot = join(mkdtempSync(join(tmpdir(), 'muster-spool-')), 'spool');
afterAll(() => rmSync(join(spoolRoot, '..'), { recursive: true }));

test('what a killed process had fetched is removed by the next one, and nothing that a living one uses', async () => {
  const module = join(import.meta.dirname, '../../../src/backups/remote/spool.ts');
  const script = `
    const { openSpool } = await import(${JSON.stringify(module)});
    const { path } = await openSpool(${JSON.stringify(spoolRoot)}, { warn() {} });
    (await import('node:fs')).writeFileSync(path + '/half', 'half a file');
    process.kill(process.pid, 'SIGKILL');`;
  expect(() => execFileSync(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' })).toThrow();
  expect(readdirSync(spoolRoot)).toHaveLength(2);
  await using mine = await openSpool(spoolRoot, testLog);
  writeFileSync(join(mine.path, 'file'), 'x');
  {
    await using _other = await openSpool(spoolRoot, testLog);
    expect(readdirSync(spoolRoot)).toHaveLength(4);
  }
  expect(readdirSync(mine.path)).toEqual(['file']);
  expect(readdirSync(spoolRoot)).toHaveLength(2);
});
