import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fetchFile } from '../../../src/backups/remote/fetch-file.ts';
import { faultOf } from '../../../src/backups/remote/remote-fault.ts';
import type { RemoteEntry } from '../../../src/backups/remote/remote-store.ts';
import type { S3Place } from '../../../src/backups/remote/s3/s3-place.ts';
import type { S3Access } from '../../../src/backups/remote/s3/s3-session.ts';
import { S3Store } from '../../../src/backups/remote/s3/s3-store.ts';
import { createEgress } from '../../../src/egress/egress.ts';
import { type FaultyLine, openLine } from './support/faulty-line.ts';
import { NO_SWIFT, S3_EGRESS, type Swift, startSwift } from './support/swift.ts';

describe.skipIf(NO_SWIFT !== undefined)(
  `an object store${NO_SWIFT === undefined ? '' : `: skipped, ${NO_SWIFT}`}`,
  () => {
    let swift: Swift;
    let line: FaultyLine;
    let local: string;
    const open: S3Store[] = [];
    const { signal } = new AbortController();

    beforeAll(async () => {
      swift = await startSwift();
      local = mkdtempSync(join(tmpdir(), 'muster-put-'));
    });
    afterAll(async () => {
      await swift.stop();
      rmSync(local, { recursive: true });
    });
    beforeEach(async () => {
      line = await openLine(swift.port);
    });
    afterEach(async () => {
      for (const store of open.splice(0)) await store.close();
      await line.close();
      const all = (await keys()).map((Key) => new DeleteObjectCommand({ Bucket: 'backups', Key }));
      await Promise.all(all.map((command) => swift.client.send(command)));
    });

    function storeAt(place: Partial<S3Place> = {}, access: Partial<S3Access> = {}): S3Store {
      const { credentials } = swift;
      const all = {
        place: { ...swift.place, ...place },
        credentials,
        egress: S3_EGRESS,
        pauseMs: 1,
        partBytes: 100_000,
      };
      const store = new S3Store({ ...all, ...access });
      open.push(store);
      return store;
    }

    /** Over the line that can fail. */
    const storeOnLine = (access: Partial<S3Access> = {}) =>
      storeAt({ endpoint: `http://127.0.0.1:${line.port}` }, access);

    /** With the prefix of the place. */
    const lay = (Key: string, content: string | Buffer = Key) =>
      swift.client.send(new PutObjectCommand({ Bucket: 'backups', Key: `muster/${Key}`, Body: Buffer.from(content) }));

    async function keys(): Promise<string[]> {
      const command = new ListObjectsV2Command({ Bucket: 'backups', EncodingType: 'url' });
      const { Contents = [] } = await swift.client.send(command);
      return Contents.map(({ Key = '' }) => decodeURIComponent(Key));
    }

    async function uploads(): Promise<number> {
      const { Uploads = [] } = await swift.client.send(new ListMultipartUploadsCommand({ Bucket: 'backups' }));
      return Uploads.length;
    }

    async function laid(path: string): Promise<Buffer> {
      const found = await swift.client.send(new GetObjectCommand({ Bucket: 'backups', Key: `muster/${path}` }));
      return Buffer.from((await found.Body?.transformToByteArray()) ?? []);
    }

    function localFile(content: string | Buffer): string {
      const location = join(local, randomBytes(6).toString('hex'));
      writeFileSync(location, content);
      return location;
    }

    async function listed(store: S3Store, directory = ''): Promise<RemoteEntry[]> {
      const all: RemoteEntry[] = [];
      for await (const page of store.list(directory, () => true, signal)) all.push(...page);
      return all;
    }

    async function bytesOf(store: S3Store, path: string, offset = 0, tag?: string): Promise<Buffer> {
      return Buffer.concat(await store.read(path, { offset, tag }, signal).toArray());
    }

    const failure = (work: Promise<unknown>) =>
      work.then(
        () => 'nothing',
        (thrown: unknown) => faultOf(thrown)?.code ?? (thrown as { code: string }).code,
      );

    const shown = (entries: readonly RemoteEntry[]) => entries.map(({ path, type }) => `${path} ${type}`);

    test('lists in the order of the bytes of the keys, and nothing outside of its prefix', async () => {
      for (const path of ['b.tar', 'b/2', 'b/1', 'b-1', 'ä', 'made/']) await lay(path, path.endsWith('/') ? '' : path);
      await swift.client.send(new PutObjectCommand({ Bucket: 'backups', Key: 'muster-too/x', Body: 'x' }));
      expect(shown(await listed(storeAt()))).toEqual([
        'b-1 file',
        'b.tar file',
        'b/1 file',
        'b/2 file',
        'made directory',
        'ä file',
      ]);
      expect(shown(await listed(storeAt(), 'b'))).toEqual(['b/1 file', 'b/2 file']);
      expect(await listed(storeAt(), 'not-there')).toEqual([]);
      expect(shown(await listed(storeAt({ prefix: '' })))).toContain('muster-too/x file');
      expect(await storeAt().look('b', signal)).toMatchObject({ type: 'directory' });
      expect(await storeAt().look('../muster-too/x', signal)).toBeUndefined();
    });

    test('lists 2,500 objects in pages', async () => {
      await swift.listMany('many', 'a/', 2500);
      const pages: RemoteEntry[][] = [];
      for await (const page of storeAt({ bucket: 'many', prefix: '' }).list('', () => true, signal))
        pages.push([...page]);
      expect(pages.map(({ length }) => length)).toEqual([1000, 1000, 500]);
      expect(pages.flat()[1700]?.path).toBe('a/001700');
    });

    test('finds and reads names of all characters, and tells what cannot be one of a file', async () => {
      const names = ['a b+c&<>"\'%2F', 'ü/𐍈', 'line\nbreak\u0001', '*?#;=@:,'];
      const odd = ['d//e', '../up', 'd/./x', 'full/', `${'x'.repeat(256)}/y`, 'd/file/below'];
      for (const name of [...names, ...odd, 'd/file']) await lay(name);
      const store = storeAt();
      const entries = await listed(store);
      const files = entries.filter(({ type }) => type === 'file').map(({ path }) => path);
      expect(files.sort()).toEqual([...names, 'd/file'].sort());
      for (const name of names) expect((await bytesOf(store, name)).toString()).toBe(name);
      const others = entries.filter(({ type }) => type === 'other').map(({ path }) => path.replaceAll('\uFFFD', '_'));
      expect(others.sort()).toEqual(
        ['_.._up', 'd/_._x', 'd/__e', 'd/_file_below', 'full/_', `_${'x'.repeat(256)}_y`].sort(),
      );
      expect(await failure(bytesOf(store, '../up'))).toBe('ENOENT');
      await store.remove(['d//e', '../up'], signal);
      expect(await keys()).toContain('muster/d//e');
    });

    test('reads from an offset on, and only the version that was meant', async () => {
      const content = randomBytes(300_001);
      await lay('a/large', content);
      const store = storeAt();
      const found = await store.look('a/large', signal);
      expect(found).toMatchObject({ type: 'file', sizeBytes: content.length });
      expect((await listed(store))[0]).toEqual(found);
      expect((await bytesOf(store, 'a/large', 0, found?.tag)).equals(content)).toBe(true);
      expect((await bytesOf(store, 'a/large', 299_000, found?.tag)).equals(content.subarray(299_000))).toBe(true);
      expect(await bytesOf(store, 'a/large', 300_001, found?.tag)).toHaveLength(0);
      expect(await failure(bytesOf(store, 'a/large', 300_002, found?.tag))).toBe('file-changed');
      await lay('a/large', randomBytes(300_001));
      expect(await failure(bytesOf(store, 'a/large', 299_000, found?.tag))).toBe('file-changed');
      expect(await failure(bytesOf(store, 'a/none'))).toBe('ENOENT');
      await lay('empty', '');
      expect(await bytesOf(store, 'empty')).toHaveLength(0);
    });

    test('a download that is cut goes on at the offset that it reached', async () => {
      const content = randomBytes(2_000_000);
      await lay('large', content);
      const store = storeOnLine();
      const entry = await store.look('large', signal);
      line.cutAfter(900_000, 'down');
      let got = 0;
      const location = join(local, 'fetched');
      const onBytes = (bytes: number) => {
        got += bytes;
      };
      await fetchFile(store, entry as RemoteEntry, location, { signal, pauseMs: 1, onBytes });
      // Nothing came twice.
      expect(got).toBe(content.length);
      expect(line.connections()).toBeGreaterThan(1);
    });

    test('an object that is replaced while it is fetched is not spliced together', async () => {
      await lay('large', randomBytes(2_000_000));
      const store = storeOnLine();
      const entry = await store.look('large', signal);
      line.cutAfter(900_000, 'down');
      let isReplaced = false;
      const onBytes = async () => {
        if (!isReplaced) await lay('large', randomBytes(2_000_000));
        isReplaced = true;
      };
      const location = join(local, 'spliced');
      expect(await failure(fetchFile(store, entry as RemoteEntry, location, { signal, pauseMs: 1, onBytes }))).toBe(
        'file-changed',
      );
    });

    test('puts a directory whose last file comes last, small files at once and large ones in parts', async () => {
      const store = storeAt();
      const large = randomBytes(250_000);
      let told = 0;
      const files = [
        { location: localFile(large), path: 'set/point/data/large' },
        { location: localFile(''), path: 'set/point/empty' },
        { location: localFile('manifest'), path: 'set/point/manifest.json' },
      ];
      const onBytes = async (bytes: number) => {
        told += bytes;
        expect(await keys()).not.toContain('muster/set/point/manifest.json');
      };
      await store.put(files, { signal, onBytes });
      expect(told).toBe(250_008);
      expect(await keys()).toEqual(['data/large', 'empty', 'manifest.json'].map((name) => `muster/set/point/${name}`));
      expect(await uploads()).toBe(0);
      expect((await laid('set/point/data/large')).equals(large)).toBe(true);
      // Three parts: the store's digest of them is not that of the file.
      expect((await store.look('set/point/data/large', signal))?.tag).toMatch(/^"[0-9a-f]{32}-3"$/);
      expect((await listed(store, 'set'))[0]).toEqual(await store.look('set/point/data/large', signal));
      expect(await failure(store.put(files, { signal }))).toBe('file-exists');
      expect(await failure(store.put(files.slice(1, 2), { signal }))).toBe('file-exists');
      expect(await keys()).toHaveLength(3);
    });

    test('an upload that is cut twice goes on with the part that is not there', async () => {
      const content = randomBytes(1_000_000);
      const store = storeOnLine();
      const sent: number[] = [];
      const onBytes = (bytes: number) => {
        sent.push(bytes);
        if (sent.length === 3 || sent.length === 7) line.cutAfter(1, 'up');
      };
      await store.put([{ location: localFile(content), path: 'a/large' }], { signal, onBytes });
      expect(sent).toHaveLength(12);
      expect((await laid('a/large')).equals(content)).toBe(true);
      expect(await keys()).toEqual(['muster/a/large']);
    });

    test('what an upload left when the server stayed away is found by its age, and nothing else is', async () => {
      const store = storeOnLine();
      const files = ['a', 'large', 'z'].map((name) => ({
        location: localFile(Buffer.alloc(name === 'large' ? 250_000 : 10)),
        path: `set/point/${name}`,
      }));
      let sent = 0;
      const onBytes = async (bytes: number) => {
        sent += bytes;
        if (sent > 200_000) await line.refuse(true);
      };
      expect(await failure(store.put(files, { signal, onBytes }))).toBe('connection-refused');
      await lay('set/foreign/file');
      await lay('set/.muster-part-foreign', '{"musterPut":["other/file"]}');
      const direct = storeAt();
      expect(await uploads()).toBe(1);
      expect(await direct.removeUnfinished('set', 3_600_000, signal)).toBe(0);
      expect(await direct.removeUnfinished('set', -60_000, signal)).toBe(1);
      expect(await direct.removeUnfinished('not-there', 0, signal)).toBe(0);
      expect(await uploads()).toBe(0);
      expect(await keys()).toEqual(['muster/set/.muster-part-foreign', 'muster/set/foreign/file']);
    });

    test('what fails or is cancelled is taken back, and a mark of what came to its end removes nothing', async () => {
      const ending = new AbortController();
      const files = ['large', 'z'].map((name) => ({
        location: localFile(randomBytes(250_000)),
        path: `set/p/${name}`,
      }));
      let parts = 0;
      const onBytes = () => {
        parts += 1;
        if (parts === 5) ending.abort(new Error('enough'));
      };
      await expect(storeAt().put(files, { signal: ending.signal, onBytes })).rejects.toThrow('enough');
      expect(await keys()).toEqual([]);
      expect(await uploads()).toBe(0);
      await lay('set/p/z');
      await lay('set/.muster-part-1', '{"musterPut":["set/p/a","set/p/z"]}');
      expect(await storeAt().removeUnfinished('set', -60_000, signal)).toBe(0);
      expect(await keys()).toEqual(['muster/set/p/z']);
    });

    test('removes files, and what is gone already is no error', async () => {
      for (const path of ['set/p1/a', 'set/p1/b/c', 'set/p2/a']) await lay(path);
      await storeAt().remove(['set/p1/a', 'set/p1/b/c', 'set/p1/gone'], signal);
      expect(await keys()).toEqual(['muster/set/p2/a']);
    });

    test('says what keeps it from the place', async () => {
      const why = (place: Partial<S3Place>, access: Partial<S3Access> = {}) =>
        failure(storeAt(place, access).look('', signal));
      const { credentials, stranger } = swift;
      expect(await why({})).toBe('nothing');
      expect(await why({}, { credentials: { ...credentials, secretAccessKey: 'wrong' } })).toBe(
        'authentication-refused',
      );
      expect(await why({}, { credentials: { ...credentials, accessKeyId: 'test:nobody' } })).toBe(
        'authentication-refused',
      );
      expect(await why({}, { credentials: stranger })).toBe('no-permission-to-list');
      expect(await why({ bucket: 'none' })).toBe('not-there');
      expect(await why({ region: 'elsewhere' })).toBe('served-elsewhere');
      const refused = storeAt({}, { egress: createEgress({ allowList: [] }) }).look('', signal);
      await expect(refused).rejects.toThrow('MUSTER_EGRESS_ALLOW');
      expect(await failure(refused)).toBe('egress-refused');
      const unresolved = createEgress({ allowList: ['http://s3.invalid'], resolve: async () => [] });
      expect(await why({ endpoint: 'http://s3.invalid' }, { egress: unresolved })).toBe('name-not-resolved');
      expect(await why({ endpoint: `https://127.0.0.1:${swift.port}` })).toBe('not-an-object-store');
      await line.refuse(true);
      expect(await failure(storeOnLine().look('', signal))).toBe('connection-refused');
      expect(await failure(storeAt({}, { credentials: stranger }).look('x', signal))).toBe('no-permission-to-read');
      const files = [{ location: localFile('x'), path: 'x' }];
      const wrong = { ...credentials, secretAccessKey: 'wrong' };
      expect(await failure(storeAt({}, { credentials: wrong }).put(files, { signal }))).toBe('authentication-refused');
      expect(await failure(bytesOf(storeAt({}, { credentials: wrong }), 'x'))).toBe('authentication-refused');
    });

    test('the bucket can stand before the name of the host, which is looked up and judged as it is then', async () => {
      const asked: string[] = [];
      const resolve = async (host: string) => {
        asked.push(host);
        return ['127.0.0.1'];
      };
      const egress = createEgress({ allowList: ['http://127.0.0.1:*'], resolve });
      const place = { endpoint: `http://swift.test:${swift.port}`, pathStyle: false };
      await lay('file');
      expect(await storeAt(place, { egress }).look('file', signal)).toMatchObject({ type: 'file' });
      expect(new Set(asked)).toEqual(new Set(['backups.swift.test']));
    });

    test('a server that falls silent is given up, and asked again over a new connection', async () => {
      await lay('file', randomBytes(3_000_000));
      const store = storeOnLine({ silentMsMax: 1500 });
      expect((await store.look('file', signal))?.type).toBe('file');
      line.isDead = true;
      expect(await failure(store.look('file', signal))).toBe('timed-out');
      line.isDead = false;
      const reading = async () => {
        for await (const _ of store.read('file', { offset: 0 }, signal)) line.isDead = true;
      };
      expect(await failure(reading())).toBe('timed-out');
      line.isDead = false;
      expect((await store.look('file', signal))?.type).toBe('file');
    });

    test('an abort ends a transfer at once, with the reason', async () => {
      await lay('large', randomBytes(2_000_000));
      const store = storeAt();
      const ending = new AbortController();
      const reason = new Error('enough');
      const reading = async () => {
        for await (const _ of store.read('large', { offset: 0 }, ending.signal)) ending.abort(reason);
      };
      await expect(reading()).rejects.toBe(reason);
      await expect(store.put([{ location: localFile('x'), path: 'a' }], { signal: ending.signal })).rejects.toBe(
        reason,
      );
      expect(await keys()).toEqual(['muster/large']);
    });
  },
);
