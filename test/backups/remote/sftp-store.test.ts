import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { faultOf } from '../../../src/backups/remote/remote-fault.ts';
import type { RemoteEntry } from '../../../src/backups/remote/remote-store.ts';
import type { SftpAccess } from '../../../src/backups/remote/sftp/sftp-connect.ts';
import type { SftpPlace } from '../../../src/backups/remote/sftp/sftp-place.ts';
import { SftpStore } from '../../../src/backups/remote/sftp/sftp-store.ts';
import { createEgress } from '../../../src/egress/egress.ts';
import { type FaultyLine, openLine } from './support/faulty-line.ts';
import { LOCAL_EGRESS, NO_SSHD, type Sshd, startSshd } from './support/sshd.ts';

describe.skipIf(NO_SSHD !== undefined)(`an SFTP server${NO_SSHD === undefined ? '' : `: skipped, ${NO_SSHD}`}`, () => {
  let sshd: Sshd;
  let line: FaultyLine;
  let local: string;
  const open: SftpStore[] = [];
  const { signal } = new AbortController();

  beforeAll(async () => {
    sshd = await startSshd();
    local = mkdtempSync(join(tmpdir(), 'muster-put-'));
  });
  afterAll(async () => {
    await sshd.stop();
    rmSync(local, { recursive: true });
  });
  beforeEach(async () => {
    line = await openLine(sshd.port);
  });
  afterEach(async () => {
    for (const store of open.splice(0)) await store.close();
    await line.close();
    for (const name of readdirSync(sshd.root)) rmSync(join(sshd.root, name), { recursive: true });
  });

  function storeAt(place: Partial<SftpPlace> = {}, access: Partial<SftpAccess> = {}): SftpStore {
    const store = new SftpStore(
      {
        place: { ...sshd.place, ...place },
        credentials: { privateKey: sshd.privateKey },
        egress: LOCAL_EGRESS,
        ...access,
      },
      { pauseMs: 1 },
    );
    open.push(store);
    return store;
  }

  /** Over the line that can fail. */
  const storeOnLine = (access: Partial<SftpAccess> = {}) => storeAt({ port: line.port }, access);

  function lay(path: string, content: string | Buffer = path): void {
    mkdirSync(join(sshd.root, path, '..'), { recursive: true });
    writeFileSync(join(sshd.root, path), content);
    sshd.own();
  }

  function localFile(content: string | Buffer): string {
    const location = join(local, randomBytes(6).toString('hex'));
    writeFileSync(location, content);
    return location;
  }

  async function listed(store: SftpStore, directory = '', enter = (_: string) => true): Promise<RemoteEntry[]> {
    const all: RemoteEntry[] = [];
    for await (const page of store.list(directory, enter, signal)) all.push(...page);
    return all;
  }

  async function bytesOf(store: SftpStore, path: string, offset = 0, tag?: string): Promise<Buffer> {
    return Buffer.concat(await store.read(path, { offset, tag }, signal).toArray());
  }

  const failure = (work: Promise<unknown>) =>
    work.then(
      () => 'nothing',
      (thrown: unknown) => faultOf(thrown)?.code ?? (thrown as { code: string }).code,
    );

  test('lists in the order of the bytes of the paths, and enters only what it is told to', async () => {
    for (const path of ['b.tar', 'b/2', 'b/1', 'b-1', 'ä', 'closed/1', 'z']) lay(path);
    symlinkSync('/nonexistent/muster', join(sshd.root, 'link'));
    const entries = await listed(storeAt(), '', (directory) => directory !== 'closed');
    expect(entries.map(({ path, type }) => `${path} ${type}`)).toEqual([
      'b-1 file',
      'b.tar file',
      'b directory',
      'b/1 file',
      'b/2 file',
      'link other',
      'z file',
      'ä file',
    ]);
    expect(await listed(storeAt(), 'b')).toHaveLength(2);
    expect(await listed(storeAt(), 'not-there')).toEqual([]);
  });

  test('lists a thousand files of one directory, in pages', async () => {
    mkdirSync(join(sshd.root, 'many'));
    for (let file = 0; file < 1001; file += 1) writeFileSync(join(sshd.root, 'many', `${file}`), '');
    const pages: number[] = [];
    for await (const page of storeAt().list('many', () => true, signal)) pages.push(page.length);
    expect(pages).toEqual([500, 500, 1]);
  });

  test('tells a directory that may not be listed from one that is empty', async () => {
    lay('private/1');
    chmodSync(join(sshd.root, 'private'), 0o000);
    mkdirSync(join(sshd.root, 'empty'));
    sshd.own();
    const entries = await listed(storeAt());
    chmodSync(join(sshd.root, 'private'), 0o755);
    expect(entries.map(({ path, type }) => `${path} ${type}`)).toEqual(['empty directory', 'private unreadable']);
  });

  test('reads from an offset on, and only the version that was meant', async () => {
    const content = randomBytes(3_000_001);
    lay('a/large', content);
    utimesSync(join(sshd.root, 'a/large'), 1000, 1000);
    const store = storeAt();
    const found = await store.look('a/large', signal);
    expect(found).toMatchObject({ type: 'file', sizeBytes: content.length, modifiedMs: 1_000_000 });
    expect((await bytesOf(store, 'a/large', 0, found?.tag)).equals(content)).toBe(true);
    expect((await bytesOf(store, 'a/large', 2_999_000)).equals(content.subarray(2_999_000))).toBe(true);
    utimesSync(join(sshd.root, 'a/large'), 2000, 2000);
    expect(await failure(bytesOf(store, 'a/large', 0, found?.tag))).toBe('file-changed');
    expect(await failure(bytesOf(store, 'a/none'))).toBe('ENOENT');
    chmodSync(join(sshd.root, 'a/large'), 0o000);
    expect(await failure(bytesOf(store, 'a/large'))).toBe('EACCES');
  });

  test('goes through no link, wherever it leads', async () => {
    lay('a/file');
    symlinkSync('a', join(sshd.root, 'inside'));
    symlinkSync('a/file', join(sshd.root, 'file-link'));
    const store = storeAt();
    expect(await failure(bytesOf(store, 'inside/file'))).toBe('ENOENT');
    expect(await failure(bytesOf(store, 'file-link'))).toBe('ENOENT');
    expect(await store.look('inside/file', signal)).toBeUndefined();
    expect((await store.look('file-link', signal))?.type).toBe('other');
    await store.remove(['inside/file'], signal);
    expect(await failure(store.put([{ location: localFile('x'), path: 'inside/new' }], { signal }))).toBe(
      'input-output-error',
    );
    expect(readdirSync(join(sshd.root, 'a'))).toEqual(['file']);
  });

  test('a download that is cut goes on at the offset that it reached', async () => {
    const content = randomBytes(2_000_000);
    lay('large', content);
    const store = storeOnLine();
    const tag = (await store.look('large', signal))?.tag;
    line.cutAfter(900_000, 'down');
    const got: Buffer[] = [];
    const read = async () => {
      const offset = Buffer.concat(got).length;
      for await (const piece of store.read('large', { offset, tag }, signal)) got.push(piece as Buffer);
    };
    expect(await failure(read())).toBe('connection-lost');
    const reached = Buffer.concat(got).length;
    expect(reached).toBeGreaterThan(0);
    expect(reached).toBeLessThan(1_000_000);
    await read();
    expect(Buffer.concat(got).equals(content)).toBe(true);
  });

  test('puts a directory that is there at once and whole, and for its owner alone', async () => {
    const store = storeAt();
    const large = randomBytes(1_000_000);
    let told = 0;
    const files = [
      { location: localFile(large), path: 'set/point/data/large' },
      { location: localFile(''), path: 'set/point/empty' },
      { location: localFile('manifest'), path: 'set/point/manifest.json' },
    ];
    const onBytes = (bytes: number) => {
      told += bytes;
      expect(existsSync(join(sshd.root, 'set/point'))).toBe(false);
    };
    await store.put(files, { signal, onBytes });
    expect(told).toBe(1_000_008);
    expect(readFileSync(join(sshd.root, 'set/point/data/large')).equals(large)).toBe(true);
    expect(readdirSync(join(sshd.root, 'set'))).toEqual(['point']);
    expect(lstatSync(join(sshd.root, 'set/point/empty')).mode & 0o777).toBe(0o600);
    expect(await failure(store.put(files, { signal }))).toBe('file-exists');
    expect(readdirSync(join(sshd.root, 'set'))).toEqual(['point']);
  });

  test('an upload that is cut twice goes on where the server has it, over new connections', async () => {
    const content = randomBytes(3_000_000);
    const store = storeOnLine();
    await store.look('', signal);
    line.cutAfter(1_000_000, 'up');
    let cuts = 1;
    const onBytes = () => {
      if (line.connections() > cuts && cuts < 2) {
        cuts += 1;
        line.cutAfter(1_000_000, 'up');
      }
    };
    await store.put([{ location: localFile(content), path: 'a/large' }], { signal, onBytes });
    expect(line.connections()).toBe(3);
    expect(readFileSync(join(sshd.root, 'a/large')).equals(content)).toBe(true);
    expect(readdirSync(join(sshd.root, 'a'))).toEqual(['large']);
  });

  test('what an upload left when the server stayed away is found by its age, and nothing else is', async () => {
    const store = storeOnLine();
    await store.look('', signal);
    const onBytes = (_: number) => line.refuse(true);
    const files = [{ location: localFile('bytes'), path: 'set/point/a' }];
    expect(
      await failure(store.put([...files, { location: localFile('end'), path: 'set/point/z' }], { signal, onBytes })),
    ).toBe('connection-refused');
    lay('set/old-point/file');
    utimesSync(join(sshd.root, 'set/old-point/file'), 1000, 1000);
    const direct = storeAt();
    expect(readdirSync(join(sshd.root, 'set'))).toHaveLength(2);
    expect(await direct.removeUnfinished('set', 3_600_000, signal)).toBe(0);
    expect(await direct.removeUnfinished('set', -60_000, signal)).toBe(1);
    expect(await direct.removeUnfinished('not-there', 0, signal)).toBe(0);
    expect(readdirSync(join(sshd.root, 'set'))).toEqual(['old-point']);
  });

  test('removes files and what they leave empty', async () => {
    for (const path of ['set/p1/a', 'set/p1/b/c', 'set/p2/a']) lay(path);
    const store = storeAt();
    await store.remove(['set/p1/a', 'set/p1/b/c', 'set/p1/gone'], signal);
    expect(readdirSync(join(sshd.root, 'set'))).toEqual(['p2']);
  });

  test('accepts any of the keys of the server, and nothing is sent to one that presents another', async () => {
    expect(await storeAt({ hostKey: sshd.otherHostKey }).look('none', signal)).toBeUndefined();
    const hostKey = `SHA256:${'A'.repeat(43)}`;
    const refused = storeAt({ hostKey }).look('', signal);
    await expect(refused).rejects.toMatchObject({ kind: 'unavailable', code: 'repository-unavailable' });
    await expect(refused).rejects.toThrow(hostKey);
    await expect(refused).rejects.toThrow(sshd.hostKey);
    expect(await failure(refused)).toBe('host-key-differs');
  });

  test('says what keeps it from the place', async () => {
    const wrong = { privateKey: sshd.wrongKey };
    expect(await failure(storeAt({}, { credentials: wrong }).look('', signal))).toBe('authentication-refused');
    const unusable = { privateKey: '-----BEGIN OPENSSH PRIVATE KEY-----\nnone\n' };
    expect(await failure(storeAt({}, { credentials: unusable }).look('', signal))).toBe('authentication-refused');
    expect(await failure(storeAt({ path: `${sshd.root}/none` }).look('', signal))).toBe('not-there');
    lay('file');
    expect(await failure(storeAt({ path: `${sshd.root}/file` }).look('', signal))).toBe('not-a-directory');
    const elsewhere = createEgress({ allowList: [] });
    const refused = storeAt({}, { egress: elsewhere }).look('', signal);
    await expect(refused).rejects.toThrow('MUSTER_EGRESS_ALLOW');
    expect(await failure(refused)).toBe('egress-refused');
    const unresolved = createEgress({ allowList: ['sftp://backup.invalid:*'], resolve: async () => [] });
    expect(await failure(storeAt({ host: 'backup.invalid' }, { egress: unresolved }).look('', signal))).toBe(
      'name-not-resolved',
    );
    await line.refuse(true);
    expect(await failure(storeOnLine().look('', signal))).toBe('connection-refused');
  });

  test('a server that falls silent is given up, and asked again over a new connection', async () => {
    lay('file');
    const store = storeOnLine({ silentMsMax: 1500 });
    expect((await store.look('file', signal))?.type).toBe('file');
    line.isDead = true;
    expect(await failure(store.look('file', signal))).toBe('timed-out');
    line.isDead = false;
    expect((await store.look('file', signal))?.type).toBe('file');
    expect(line.connections()).toBe(2);
  });

  test('an abort ends a transfer at once, with the reason', async () => {
    lay('large', randomBytes(2_000_000));
    const store = storeAt();
    const ending = new AbortController();
    const reason = new Error('enough');
    const reading = async () => {
      for await (const _ of store.read('large', { offset: 0 }, ending.signal)) ending.abort(reason);
    };
    await expect(reading()).rejects.toBe(reason);
    await expect(store.put([{ location: localFile('x'), path: 'a' }], { signal: ending.signal })).rejects.toBe(reason);
    expect(readdirSync(sshd.root)).toEqual(['large']);
  });
});
