import { execFileSync } from 'node:child_process';
import { appendFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { diagnose } from '../../src/verification/diagnosis.ts';
import { READ_BYTES } from '../../src/verification/digester.ts';
import { inspectFile } from '../../src/verification/inspection.ts';
import { DEFAULT_LIMITS } from '../../src/verification/limits.ts';
import { openStored, type ReadableHandle, readStored } from '../../src/verification/stored-file.ts';
import { tarOf } from './support/tar-making.ts';
import { useDirectories } from './support/temporary-directory.ts';

const newDirectory = useDirectories();
const content = Buffer.alloc(3 * READ_BYTES + 77, 'line of text\n');
let directory: string;
let path: string;

beforeAll(async () => {
  directory = await newDirectory();
  path = join(directory, 'file');
});

async function open(file: string) {
  const handle = await openStored(file);
  if ('reason' in handle) throw new Error(handle.reason);
  return handle;
}

/** A handle whose reads fail over the bad bytes as long as `fails` says so. */
async function onBadDisk(bad: number, fails: () => boolean): Promise<ReadableHandle> {
  const handle = await open(path);
  const read = async (buffer: Buffer, offset: number, length: number, position: number) => {
    const hitsBad = position <= bad && bad < position + length;
    if (hitsBad && fails()) throw Object.assign(new Error('i/o error'), { code: 'EIO' });
    return handle.read(buffer, offset, length, position);
  };
  return { read: read as ReadableHandle['read'], stat: handle.stat.bind(handle), close: () => handle.close() };
}

describe('reading a stored file', () => {
  test('gives every byte once and in order, although the next piece is read meanwhile', async () => {
    await writeFile(path, content);
    const pieces: Buffer[] = [];
    const read = await readStored(await open(path), async (bytes) => {
      await new Promise((resolve) => setImmediate(resolve));
      pieces.push(Buffer.from(bytes));
    });
    expect(Buffer.concat(pieces).equals(content)).toBe(true);
    expect(read).toEqual({ sizeBytes: content.length, bytesRead: content.length, changed: false, cured: [] });
  });

  test('notices that the file grew, shrank or was touched meanwhile', async () => {
    const changes = [() => appendFile(path, 'x'), () => writeFile(path, 'short'), () => utimes(path, 1, 1)];
    for (const change of changes) {
      await writeFile(path, content);
      let isFirst = true;
      const read = await readStored(await open(path), async () => {
        if (isFirst) await change();
        isFirst = false;
      });
      expect(read.changed).toBe(true);
      expect(read.bytesRead).toBeLessThanOrEqual(content.length);
    }
  });

  test('says of a read error that stays where it is, to 64 KiB', async () => {
    await writeFile(path, content);
    const bad = READ_BYTES + 300_000;
    const read = await readStored(await onBadDisk(bad, () => true), () => {});
    expect(read).toMatchObject({ cured: [], failure: { code: 'EIO' }, bytesRead: read.failure?.offset });
    expect(read.failure?.offset).toBeLessThanOrEqual(bad);
    expect(read.failure?.endOffset).toBeGreaterThan(bad);
  });

  test('tells an error that a second read cured from one that stays', async () => {
    await writeFile(path, content);
    let failures = 0;
    const pieces: Buffer[] = [];
    const handle = await onBadDisk(READ_BYTES + 10, () => ++failures === 1);
    const read = await readStored(handle, (bytes) => void pieces.push(Buffer.from(bytes)));
    expect(read).toMatchObject({
      bytesRead: content.length,
      changed: false,
      cured: [{ offset: READ_BYTES, code: 'EIO' }],
    });
    expect(Buffer.concat(pieces).equals(content)).toBe(true);
  });

  test('closes the file also when its consumer fails or it is cancelled', async () => {
    await writeFile(path, content);
    const handle = await open(path);
    const failing = readStored(handle, () => Promise.reject(new Error('broken')));
    await expect(failing).rejects.toThrow('broken');
    expect(handle.fd).toBe(-1);
  });

  test('does not hang on a named pipe', async () => {
    const pipe = join(directory, 'pipe');
    execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', pipe]);
    expect(await openStored(pipe)).toMatchObject({ reason: 'not-regular' });
  });
});

describe('what is concluded', () => {
  const inspection = {
    file: 'f',
    format: { packings: [], content: 'opaque' },
    level: 'digest',
    structure: [],
    decodedBytes: 0,
  } as const;
  const read = { sizeBytes: 10, bytesRead: 10, changed: false, cured: [] };

  test('from a file that changed while it was read: nothing else is held against it', () => {
    const structure = [{ kind: 'truncated', file: 'f', message: 'cut' }] as const;
    const findings = diagnose({
      inspection: { ...inspection, structure, read: { ...read, changed: true } },
      contents: [],
    });
    expect(findings).toMatchObject([{ kind: 'changed-while-read', consequences: [{ kind: 'truncated' }] }]);
  });

  test('from a read that succeeded only the second time: the medium is suspect', () => {
    const cured = [{ offset: 65_536, code: 'EIO' }];
    const findings = diagnose({ inspection: { ...inspection, read: { ...read, cured } }, contents: [] });
    expect(findings).toMatchObject([{ kind: 'unstable-read', offset: 65_536 }]);
  });

  test('from a read that failed: where', () => {
    const failure = { offset: 4, endOffset: 10, code: 'EIO' };
    const findings = diagnose({ inspection: { ...inspection, read: { ...read, failure } }, contents: [] });
    expect(findings).toMatchObject([{ kind: 'unreadable', offset: 4, endOffset: 10 }]);
  });

  test('from a name that claims another packing than the content has: the content is believed, and it is told', async () => {
    await writeFile(join(directory, 'a.tar.zst'), gzipSync(tarOf({ path: 'f', data: 'x' })));
    const seen = await inspectFile({ directory, file: 'a.tar.zst', level: 'content', limits: DEFAULT_LIMITS });
    expect(seen.content?.entries).toBe(1);
    expect(diagnose({ inspection: seen, contents: [] })).toMatchObject([{ kind: 'mismatched-type' }]);
  });

  test('from a packed file that unpacks to nothing: it is empty', async () => {
    await writeFile(join(directory, 'dump.sql.gz'), gzipSync(Buffer.alloc(0)));
    const seen = await inspectFile({ directory, file: 'dump.sql.gz', level: 'content', limits: DEFAULT_LIMITS });
    expect(diagnose({ inspection: seen, contents: [] })).toMatchObject([{ kind: 'empty' }]);
  });
});
