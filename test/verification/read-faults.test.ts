import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { READ_BYTES } from '../../src/verification/digester.ts';
import { checkBytes, checkStored, chunkRecord, digestRecord } from './support/file-checking.ts';
import { noise } from './support/point-making.ts';
import { tarOf } from './support/tar-making.ts';
import { useDirectories } from './support/temporary-directory.ts';
import { hasTool } from './support/tools.ts';

const newDirectory = useDirectories();
let directory: string;

beforeEach(async () => {
  directory = await newDirectory();
});

const tar = tarOf({ path: 'a', data: noise(2 * READ_BYTES + 5000, 1) }, { path: 'b', data: 'text' });

describe('a file that changes while it is read', () => {
  const CHANGES: Readonly<Record<string, (path: string) => void>> = {
    'by growing': (path) => appendFileSync(path, Buffer.alloc(1024)),
    'by losing its end': (path) => writeFileSync(path, tar.subarray(0, 5000)),
    'by being written again as it was': (path) => utimesSync(path, 1, 1),
  };

  test.each(Object.entries(CHANGES))('%s is suspect, and nothing else is held against it', async (_, change) => {
    const path = join(directory, 'a.tar');
    let isFirst = true;
    const onRead = () => {
      if (isFirst) change(path);
      isFirst = false;
    };
    const { verdict, findings, sha256 } = await checkBytes(directory, 'a.tar', tar, {
      onRead,
      recorded: digestRecord(tar),
    });
    expect(verdict).toBe('suspect');
    expect(findings).toMatchObject([{ kind: 'changed-while-read' }]);
    // What was read is no state of the file that ever was.
    expect(sha256).toBeUndefined();
  });
});

describe('a bad disk', () => {
  /** Makes reads of files in this test fail over one byte as long as `fails` says so. */
  async function breakReads(bad: number, fails: () => boolean): Promise<void> {
    const probe = await open(join(directory, 'a.tar'), 'r');
    const prototype = Object.getPrototypeOf(probe) as FileHandle;
    await probe.close();
    const read = prototype.read as (this: FileHandle, ...args: [Buffer, number, number, number]) => Promise<unknown>;
    const failing = async function (this: FileHandle, ...args: [Buffer, number, number, number]) {
      const [, , length, position] = args;
      const hitsBad = position <= bad && bad < position + length;
      if (hitsBad && fails()) throw Object.assign(new Error('i/o error'), { code: 'EIO' });
      return read.apply(this, args);
    };
    vi.spyOn(prototype, 'read').mockImplementation(failing as unknown as FileHandle['read']);
  }

  test('that refuses a place for good makes the file unreadable there, and nothing is concluded from its missing end', async () => {
    const bad = READ_BYTES + 300_000;
    writeFileSync(join(directory, 'a.tar'), tar);
    await breakReads(bad, () => true);
    const { verdict, findings, bytes } = await checkStored(directory, 'a.tar', { recorded: chunkRecord(tar) });
    expect(verdict).toBe('damaged');
    expect(findings).toMatchObject([{ kind: 'unreadable', message: expect.stringContaining('EIO') }]);
    const { offset = Number.NaN, endOffset = Number.NaN } = findings[0] ?? {};
    expect(offset <= bad && bad < endOffset).toBe(true);
    expect(bytes).toBe(offset);
  });

  test('that gives a place the second time only is told, although every byte is right', async () => {
    let failures = 0;
    writeFileSync(join(directory, 'a.tar'), tar);
    await breakReads(READ_BYTES + 10, () => ++failures === 1);
    const result = await checkStored(directory, 'a.tar', { recorded: digestRecord(tar) });
    expect(result).toMatchObject({ verdict: 'suspect', findings: [{ kind: 'unstable-read', offset: READ_BYTES }] });
  });
});

describe('what is no regular file', () => {
  const UNFIT: Readonly<Record<string, (path: string) => void>> = {
    'a named pipe': (path) => execFileSync('mkfifo', [path]),
    'a link to a sound file': (path) => symlinkSync(join(directory, 'sound.tar'), path),
    'a link to itself': (path) => symlinkSync(path, path),
    'a directory': (path) => mkdirSync(path),
  };

  test.each(Object.entries(UNFIT))('%s is not read: hostile', async (what, make) => {
    if (what === 'a named pipe' && !hasTool('mkfifo')) return;
    writeFileSync(join(directory, 'sound.tar'), tar);
    make(join(directory, 'a.tar'));
    for (const level of ['presence', 'digest', 'content'] as const) {
      const { verdict, findings, bytes } = await checkStored(directory, 'a.tar', { level });
      expect({ verdict, bytes }).toEqual({ verdict: 'hostile', bytes: 0 });
      expect(findings).toHaveLength(1);
    }
  });

  test('what is not there is missing, also below what is no directory', async () => {
    writeFileSync(join(directory, 'file'), 'x');
    for (const file of ['a.tar', 'file/a.tar', 'none/a.tar']) {
      expect(await checkStored(directory, file)).toMatchObject({ verdict: 'missing', level: 'presence', bytes: 0 });
    }
  });

  test('what may not be read says nothing about the bytes', async ({ skip }) => {
    if (process.getuid?.() === 0) skip('root may read everything');
    mkdirSync(join(directory, 'closed'));
    writeFileSync(join(directory, 'closed', 'a.tar.gz'), gzipSync(tar));
    chmodSync(join(directory, 'closed', 'a.tar.gz'), 0);
    const closed = await checkStored(directory, 'closed/a.tar.gz');
    expect(closed).toMatchObject({ verdict: 'unverifiable', findings: [{ kind: 'no-access' }] });
    chmodSync(join(directory, 'closed'), 0);
    expect((await checkStored(directory, 'closed/a.tar.gz')).verdict).toBe('unverifiable');
    chmodSync(join(directory, 'closed'), 0o700);
  });
});

describe('at the shallow levels', () => {
  test('presence reads nothing and compares the length alone', async () => {
    const recorded = chunkRecord(tar);
    const presence = (bytes: Buffer) => checkBytes(directory, 'a.tar', bytes, { recorded, level: 'presence' });
    expect(await presence(tar)).toMatchObject({ verdict: 'sound', level: 'presence', bytes: 0 });
    expect(await presence(tar.subarray(1))).toMatchObject({ verdict: 'damaged', findings: [{ kind: 'truncated' }] });
    expect(await presence(Buffer.alloc(0))).toMatchObject({ verdict: 'damaged', findings: [{ kind: 'empty' }] });
    expect(await presence(Buffer.concat([tar, tar]))).toMatchObject({ verdict: 'altered' });
  });

  test('a digest without a record is unverifiable, and with one it says nothing of the structure', async () => {
    const broken = tar.subarray(0, 5000);
    const digest = (recorded?: ReturnType<typeof digestRecord>) =>
      checkBytes(directory, 'a.tar', broken, { recorded, level: 'digest' });
    expect(await digest()).toMatchObject({ verdict: 'unverifiable', findings: [{ kind: 'no-record' }] });
    expect(await digest(digestRecord(broken))).toMatchObject({ verdict: 'sound', level: 'digest' });
    expect((await digest(digestRecord(tar))).verdict).toBe('altered');
  });
});
