import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { FetchJournal } from '../../../src/backups/remote/fetch-journal.ts';
import { openSpool } from '../../../src/backups/remote/spool.ts';
import { deadWorkIn, openWorkDirectory } from '../../../src/backups/work-directory.ts';
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

test('what a killed process was making is gone on with by whoever names it', async () => {
  const module = join(import.meta.dirname, '../../../src/backups/work-directory.ts');
  const parent = mkdtempSync(join(spoolRoot, '..', 'work-'));
  const script = `
    const { openWorkDirectory } = await import(${JSON.stringify(module)});
    const { path } = await openWorkDirectory(${JSON.stringify(parent)}, 'check.1');
    (await import('node:fs')).writeFileSync(path + '/half', 'half a file');
    process.kill(process.pid, 'SIGKILL');`;
  expect(() => execFileSync(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' })).toThrow();
  const [left] = await deadWorkIn(parent);
  expect(left).toMatchObject({ name: 'check.1', isIntact: true });
  {
    await using mine = await openWorkDirectory(parent, 'check.2', left);
    expect(readdirSync(mine.path)).toEqual(['half']);
    // Two want it: the second one finds nothing, and begins anew.
    await using other = await openWorkDirectory(parent, 'check.3', left);
    expect(readdirSync(other.path)).toEqual([]);
    expect(await deadWorkIn(parent)).toEqual([]);
  }
  expect(readdirSync(parent)).toEqual([]);
});

test('a journal of what was fetched trusts no other version, and survives a line that was cut off', async () => {
  const directory = mkdtempSync(join(spoolRoot, '..', 'journal-'));
  const [journalPath, file] = [join(directory, 'fetched.jsonl'), join(directory, 'a')];
  const entry = { path: 'a', type: 'file', sizeBytes: 10, modifiedMs: 0, tag: 'one' } as const;
  expect(await (await FetchJournal.open(journalPath)).begin(entry, file)).toBe(0);
  writeFileSync(file, '1234');
  writeFileSync(journalPath, '{"path":"a","ta', { flag: 'a' });
  const again = await FetchJournal.open(journalPath);
  expect(await again.begin(entry, file)).toBe(4);
  expect(await again.bytesOf({ ...entry, sizeBytes: 3 }, file)).toBe(0);
  expect(await again.bytesOf({ ...entry, tag: undefined }, file)).toBe(0);
  expect(await again.begin({ ...entry, tag: 'two' }, file)).toBe(0);
  expect(existsSync(file)).toBe(false);
});
