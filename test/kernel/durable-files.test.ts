import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFile, publishDirectory, replaceFile, writeDurably } from '../../src/kernel/durable-files.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-files-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const path = () => join(directory, 'file');
const modeOf = async (file: string) => (await stat(file)).mode & 0o777;

describe('a file made once', () => {
  test('is for its owner only, and nothing else is left', async () => {
    expect(await createFile(path(), 'first')).toBe(true);
    expect([await readFile(path(), 'utf8'), await modeOf(path())]).toEqual(['first', 0o600]);
    expect(await readdir(directory)).toEqual(['file']);
  });

  test('is never replaced', async () => {
    await createFile(path(), 'first');
    expect(await createFile(path(), 'second')).toBe(false);
    expect(await readFile(path(), 'utf8')).toBe('first');
    expect(await readdir(directory)).toEqual(['file']);
  });

  test('of many who make it at once, one does', async () => {
    const texts = Array.from({ length: 20 }, (_, index) => `text ${index}`);
    const made = await Promise.all(texts.map((text) => createFile(path(), text)));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await readFile(path(), 'utf8')).toBe(texts[made.indexOf(true)]);
    expect(await readdir(directory)).toEqual(['file']);
  });

  test('in a directory that is not there fails with that reason', async () => {
    await expect(createFile(join(directory, 'nowhere', 'file'), 'text')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('a file replaced', () => {
  test('is for its owner only, however open the old one was', async () => {
    await writeFile(path(), 'old', { mode: 0o644 });
    await replaceFile(path(), 'new');
    expect([await readFile(path(), 'utf8'), await modeOf(path())]).toEqual(['new', 0o600]);
  });

  test('needs nothing there, and takes the place of what an interrupted write left', async () => {
    await writeFile(`${path()}.new`, 'half');
    await replaceFile(path(), 'whole');
    expect(await readFile(path(), 'utf8')).toBe('whole');
    expect(await readdir(directory)).toEqual(['file']);
  });
});

test('a file written durably is never one that was there', async () => {
  await writeDurably(path(), Buffer.from('first'));
  await expect(writeDurably(path(), 'second')).rejects.toMatchObject({ code: 'EEXIST' });
  expect([await readFile(path(), 'utf8'), await modeOf(path())]).toEqual(['first', 0o600]);
});

test('a finished directory takes its name as a whole, and never the place of one that holds something', async () => {
  const finished = join(directory, '.unfinished');
  await mkdir(finished);
  await writeDurably(join(finished, 'part'), 'text');
  await publishDirectory(finished, join(directory, 'target'));
  expect(await readdir(directory)).toEqual(['target']);
  await mkdir(finished);
  await expect(publishDirectory(finished, join(directory, 'target'))).rejects.toMatchObject({ code: 'ENOTEMPTY' });
  expect(await readdir(join(directory, 'target'))).toEqual(['part']);
});
