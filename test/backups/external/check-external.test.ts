import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, mkdir, open, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Repository } from '../../../src/backups/backup-catalogue.ts';
import { listChecks } from '../../../src/backups/run.queries.ts';
import { noise } from '../../verification/support/point-making.ts';
import { hasTool } from '../../verification/support/tools.ts';
import { useVerificationWorld } from './support/verification-world.ts';

const world = useVerificationWorld();
let repository: Repository;

beforeAll(async () => {
  repository = await world.newRepository();
});

const at = (name: string) => join(repository.root, name);
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function flip(name: string, offset: number): Promise<void> {
  const file = await open(at(name), 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, offset);
  await file.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, offset);
  await file.close();
}

/** A tree of some files, packed by the tools of this machine. */
async function packed(name: string, ...command: [string, ...string[]]): Promise<void> {
  const tree = at(`${name}.tree`);
  await mkdir(tree);
  for (let index = 0; index < 20; index += 1) await writeFile(join(tree, `file-${index}`), noise(5000, index));
  const [program, ...args] = command;
  execFileSync(program, args, { cwd: tree, stdio: 'ignore' });
  await rm(tree, { recursive: true });
}

describe('a check of an external point', () => {
  test('finds an archive of GNU tar sound, counts its entries and records its digest, format and level', async ({
    skip,
  }) => {
    if (!hasTool('tar')) skip('there is no tar');
    await packed('a.tar.gz', 'tar', 'czf', at('a.tar.gz'), '.');
    const point = await world.register(await world.newSet(repository), 'a.tar.gz');
    const check = await world.check(point, { reason: 'arrival' });
    expect(check).toMatchObject({
      verdict: 'sound',
      level: 'structure',
      format: 'tar.gz',
      findings: [],
      filesChecked: 1,
    });
    expect(check.entriesChecked).toBe(21);
    const bytes = await readFile(at('a.tar.gz'));
    expect(await world.refreshed(point)).toMatchObject({
      ...{ verdict: 'sound', verifiedLevel: 'structure', format: 'tar.gz', entries: 21, state: 'present' },
      ...{ digest: sha256(bytes), digestOrigin: 'first-read' },
    });
    const [run] = await listChecks(world.deps.db, point.id, { limit: 1 });
    expect(run).toMatchObject({ reason: 'arrival', state: 'done', format: 'tar.gz', bytesRead: bytes.length });
    expect(run?.decodedBytes).toBeGreaterThan(100_000);
    const entries = await world.deps.db.rows(
      `SELECT details FROM audit_entry WHERE action = 'recovery-point.check' AND subject_id = $1`,
      [point.id],
    );
    expect(entries).toHaveLength(1);
  });

  test('knows what zip, SQLite, gzip and zstd write', async ({ skip }) => {
    if (!['zip', 'sqlite3', 'zstd', 'gzip', 'tar'].every(hasTool)) skip('one of the tools is not there');
    await packed('b.zip', 'zip', '-qr', at('b.zip'), '.');
    execFileSync('sqlite3', [at('b.sqlite'), 'CREATE TABLE t (a); INSERT INTO t VALUES (1), (2);']);
    await packed('b.tar.zst', 'tar', '--zstd', '-cf', at('b.tar.zst'), '.');
    await packed('b.tar', 'tar', 'cf', at('b.tar'), '.');
    execFileSync('gzip', [at('b.tar')]);
    const formats = [];
    for (const name of ['b.zip', 'b.sqlite', 'b.tar.zst', 'b.tar.gz']) {
      const { verdict, format, findings } = await world.check(
        await world.register(await world.newSet(repository), name),
      );
      expect({ name, findings }).toEqual({ name, findings: [] });
      formats.push([verdict, format]);
    }
    expect(formats).toEqual([
      ['sound', 'zip'],
      ['sound', 'sqlite'],
      ['sound', 'tar.zst'],
      ['sound', 'tar.gz'],
    ]);
  });

  test('finds a cut archive damaged, and says so again however often it is read', async () => {
    await packed('c.tar.gz', 'tar', 'czf', at('c.tar.gz'), '.');
    await truncate(at('c.tar.gz'), 30_000);
    const point = await world.register(await world.newSet(repository), 'c.tar.gz');
    for (let times = 0; times < 2; times += 1) {
      const check = await world.check(point);
      expect(check).toMatchObject({ verdict: 'damaged', findings: [{ kind: 'truncated', file: 'c.tar.gz' }] });
    }
    const { verdict, digest, readInFullAt } = await world.refreshed(point);
    expect({ verdict, digest }).toEqual({ verdict: 'damaged', digest: undefined });
    expect(readInFullAt).toBeDefined();
  });

  test('calls bytes of an unknown format unverifiable at first, and sound once their digest is on record', async () => {
    await writeFile(at('d.bin'), noise(3_000_000, 7));
    const point = await world.register(await world.newSet(repository), 'd.bin');
    expect(await world.check(point)).toMatchObject({ verdict: 'unverifiable', findings: [{ kind: 'unknown-format' }] });
    expect(await world.refreshed(point)).toMatchObject({ verdict: 'unverifiable', digestOrigin: 'first-read' });
    expect(await world.check(point)).toMatchObject({ verdict: 'sound', level: 'digest', findings: [] });
    await flip('d.bin', 1_234_567);
    const altered = await world.check(point);
    expect(altered).toMatchObject({ verdict: 'altered', findings: [{ kind: 'altered', file: 'd.bin' }] });
    expect(await world.refreshed(point)).toMatchObject({ verdict: 'altered', digestOrigin: 'first-read' });
  });

  test('judges an empty and a too small file without reading it', async () => {
    await writeFile(at('e.sql'), '');
    await writeFile(at('f.sql'), 'x'.repeat(500));
    const set = await world.newSet(repository, { minimum_bytes: 1000 });
    const empty = await world.check(await world.register(set, 'e.sql'));
    expect(empty).toMatchObject({ verdict: 'damaged', level: 'presence', bytesRead: 0, findings: [{ kind: 'empty' }] });
    const small = await world.check(await world.register(set, 'f.sql'));
    expect(small).toMatchObject({ verdict: 'damaged', level: 'presence', bytesRead: 0 });
    expect(small.findings).toMatchObject([{ kind: 'truncated', expected: 'at least 1000 bytes', actual: '500 bytes' }]);
  });

  test('says that a point is missing when it is gone, and finds it sound when it is back', async () => {
    await packed('g.tar', 'tar', 'cf', at('g.tar'), '.');
    const point = await world.register(await world.newSet(repository), 'g.tar');
    await rename(at('g.tar'), at('g.aside'));
    expect(await world.check(point)).toMatchObject({ verdict: 'missing', level: undefined });
    expect(await world.refreshed(point)).toMatchObject({ verdict: 'missing', state: 'missing' });
    await rename(at('g.aside'), at('g.tar'));
    expect(await world.check(point)).toMatchObject({ verdict: 'sound' });
    expect(await world.refreshed(point)).toMatchObject({ verdict: 'sound', state: 'present' });
  });

  test('compares with the list beside the file, however its path is written there', async () => {
    const set = await world.newSet(repository, { digest_source: 'manifest' });
    const bytes = noise(50_000, 8);
    for (const [name, list] of [
      ['h.bin', `${sha256(bytes)}  h.bin\n`],
      ['i.bin', `${sha256(bytes)}  /srv/backups/i.bin\n`],
      ['j.bin', `${sha256(bytes)}\n`],
    ] as const) {
      await writeFile(at(name), bytes);
      await writeFile(at(`${name}.sha256`), list);
      const point = await world.register(set, name);
      expect(await world.check(point)).toMatchObject({ verdict: 'sound', level: 'digest', findings: [] });
      expect(await world.refreshed(point)).toMatchObject({ digest: sha256(bytes), digestOrigin: 'manifest' });
    }
    await writeFile(at('k.bin'), noise(50_000, 9));
    await writeFile(at('SHA256SUMS'), `${sha256(bytes)}  k.bin\n`);
    const altered = await world.check(await world.register(set, 'k.bin'));
    expect(altered).toMatchObject({ verdict: 'altered', findings: [{ kind: 'altered', file: 'k.bin' }] });
    await writeFile(at('l.tar'), await readFile(at('g.tar')));
    const unlisted = await world.check(await world.register(set, 'l.tar'));
    expect(unlisted).toMatchObject({ verdict: 'unverifiable', findings: [{ kind: 'no-record', file: 'l.tar' }] });
  });

  test('names the files of a directory that are missing, new and altered since its first read', async () => {
    const set = await world.newSet(repository, { layout: 'directory' });
    await mkdir(at('m/below'), { recursive: true });
    for (const name of ['one', 'two', 'below/three']) await writeFile(at(`m/${name}`), noise(10_000, name.length));
    const point = await world.register(set, 'm');
    expect(await world.check(point)).toMatchObject({ verdict: 'unverifiable' });
    expect(await world.check(point)).toMatchObject({ verdict: 'sound', level: 'digest', filesChecked: 3 });
    await rm(at('m/one'));
    await flip('m/below/three', 77);
    await writeFile(at('m/four'), 'new');
    const { verdict, findings } = await world.check(point);
    expect(verdict).toBe('altered');
    expect(findings.map(({ kind, file }) => [kind, file]).toSorted()).toEqual([
      ['altered', 'm/below/three'],
      ['missing', 'm/one'],
      ['unexpected', 'm/four'],
      ['unknown-format', 'm/four'],
    ]);
  });

  test('refuses a link that leads out of the repository', async () => {
    await symlink('/etc/hostname', at('n.txt'));
    const point = await world.register(await world.newSet(repository), 'n.txt');
    const check = await world.check(point);
    expect(check).toMatchObject({ verdict: 'hostile', bytesRead: 0, findings: [{ kind: 'hostile', file: 'n.txt' }] });
  });

  test('says that a format is not the one that the set expects', async () => {
    const set = await world.newSet(repository, { expected_format: 'tar.gz' });
    await writeFile(at('o.tar'), await readFile(at('g.tar')));
    const check = await world.check(await world.register(set, 'o.tar'));
    expect(check).toMatchObject({ verdict: 'suspect', findings: [{ kind: 'mismatched-type', actual: 'tar' }] });
  });

  test('finds a dump suspect that is far smaller than those before it, and explains it', async () => {
    const set = await world.newSet(repository);
    for (let day = 1; day <= 6; day += 1) {
      await writeFile(at(`p${day}.tar`), await readFile(at('g.tar')));
      const takenAt = `2026-11-0${day}T00:00:00Z`;
      expect(await world.check(await world.register(set, `p${day}.tar`, { taken_at: takenAt }))).toMatchObject({
        verdict: 'sound',
      });
    }
    await mkdir(at('empty'));
    execFileSync('tar', ['cf', at('p7.tar'), '-C', at('empty'), '.']);
    const point = await world.register(set, 'p7.tar', { taken_at: '2026-11-07T00:00:00Z' });
    const { verdict, findings } = await world.check(point);
    expect(verdict).toBe('suspect');
    expect(findings.map(({ kind, actual }) => [kind, actual])).toEqual([
      ['suspect', '10240 bytes'],
      ['suspect', '1 entries'],
    ]);
    expect(await world.refreshed(point)).toMatchObject({ verdict: 'suspect', digestOrigin: 'first-read' });
  });

  test('leaves a point alone whose repository is not there, and says why', async () => {
    const away = await world.newRepository();
    await writeFile(join(away.root, 'q.tar'), await readFile(at('g.tar')));
    const point = await world.register(await world.newSet(away), 'q.tar');
    await rename(away.root, `${away.root}.aside`);
    await mkdir(away.root);
    await expect(world.check(point)).rejects.toMatchObject({ code: 'repository-unavailable' });
    expect(await world.refreshed(point)).toMatchObject({ verdict: undefined, state: 'present' });
    const [run] = await listChecks(world.deps.db, point.id, { limit: 1 });
    expect(run).toMatchObject({
      state: 'failed',
      verdict: 'unverifiable',
      failure: { code: 'repository-unavailable' },
    });
  });
});

describe('a point that changed after it was registered', () => {
  test('is sound again when its bytes are those on record', async () => {
    await writeFile(at('r.bin'), noise(20_000, 3));
    const point = await world.register(await world.newSet(repository), 'r.bin');
    await world.check(point);
    await writeFile(at('r.bin'), noise(20_000, 3));
    expect(await world.relist(point)).toMatchObject({ verdict: 'altered' });
    expect(await world.check(point, { reason: 'arrival' })).toMatchObject({ verdict: 'sound' });
  });

  test('stays altered when they are not, or when nothing was on record, whatever its structure', async () => {
    await writeFile(at('s.tar'), await readFile(at('g.tar')));
    const known = await world.register(await world.newSet(repository), 's.tar');
    await world.check(known);
    await appendFile(at('s.tar'), Buffer.alloc(512));
    await world.relist(known);
    expect(await world.check(known)).toMatchObject({ verdict: 'altered' });

    await writeFile(at('t.tar'), await readFile(at('g.tar')));
    const unknown = await world.register(await world.newSet(repository), 't.tar');
    await world.relist(unknown);
    for (let times = 0; times < 2; times += 1) {
      expect(await world.check(unknown)).toMatchObject({ verdict: 'altered', findings: [{ kind: 'altered' }] });
    }
    expect((await world.refreshed(unknown)).digest).toBeUndefined();
  });

  test('is altered when it changed before anybody listed it again', async () => {
    await writeFile(at('u.tar'), await readFile(at('g.tar')));
    const point = await world.register(await world.newSet(repository), 'u.tar');
    await appendFile(at('u.tar'), Buffer.alloc(512));
    expect(await world.check(point)).toMatchObject({ verdict: 'altered' });
  });
});
