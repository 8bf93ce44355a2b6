import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import type { BackupSet } from '../../src/backups/backup-catalogue.ts';
import { repositoryById } from '../../src/backups/repository.queries.ts';
import { requireIsolatedPrograms } from '../../src/database/server/isolated-program.ts';
import { useVerificationWorld } from '../backups/external/support/verification-world.ts';
import { mountSmallDisk } from '../backups/support/tmpfs.ts';
import { sharedData } from '../verification/support/shared-data.ts';
import { tarOf } from '../verification/support/tar-making.ts';
import { FETCH_VERIFY_EXTRACT, useDrilling } from './support/drilling.ts';
import { pointOfFile } from './support/point-of-file.ts';
import { NOTHING_LEFT } from './support/watching.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const world = useVerificationWorld();
const drilling = useDrilling(() => world.database.service);

const smallDisk = mountSmallDisk(6144);

const sample = (name: string) => {
  const path = sharedData('samples', name);
  return path === undefined ? undefined : readFileSync(path);
};
const pagila = sample('pagila.sql');
const chinook = sample('chinook.sqlite');
const NO_SAMPLES = 'the sample databases do not lie beside this checkout';

const pointOf = (name: string, bytes: Buffer, columns?: Record<string, unknown>) =>
  pointOfFile(world, name, bytes, columns);
const latest = ({ name }: BackupSet) => ({ set: name, select: 'latest' as const });
const LISTED = { digest_source: 'manifest' };
const PAYMENTS = {
  check: 'sql',
  query: 'SELECT sum(amount) FROM public.payment',
  expect: { equals: 67416.51 },
} as const;
const isolation = await requireIsolatedPrograms().then(
  () => 'namespaces' as const,
  () => 'none' as const,
);
const meant = { step: 'postgres' as const, isolation, unpopulated: ['public.rental_by_category'] };

describe('a PostgreSQL dump of another tool', () => {
  test('is loaded, and every table is as it must be', async ({ skip }) => {
    if (pagila === undefined) return skip(NO_SAMPLES);
    const set = await pointOf('pagila.sql.zst', zstdCompressSync(pagila));
    const { run, checks, said } = await drilling.drill({
      recoveryPoint: latest(set),
      steps: [...FETCH_VERIFY_EXTRACT, meant],
      validation: [
        PAYMENTS,
        { check: 'sql', query: 'SELECT title FROM public.film WHERE film_id = 1', expect: { matches: '^ACADEMY' } },
        {
          check: 'rowCounts',
          tables: { 'public.payment': { min: 1 }, film: 1000, customer: 600 },
          tolerancePercent: 1,
        },
      ],
    });
    expect(run).toMatchObject({ status: 'completed', validation: 'passed', procedure: 'passed', cleanup: 'done' });
    expect(said.verify).toMatch(/^sound at level structure/);
    expect(said.restore).toMatch(/\d+ commands and 46273 rows loaded/);
    expect(said.validate).toMatch(/^3 of 3 counts, over \d+ of 21 tables$/);
    expect(checks.map(({ result }) => result)).toEqual(checks.map(() => 'passed'));
    expect(checks).toContainEqual(expect.objectContaining({ kind: 'view', expected: 'meant to be without data' }));
    expect(await drilling.leftovers()).toEqual(NOTHING_LEFT);
    const point = await drilling.db.rows('SELECT verdict, verified_level FROM recovery_point WHERE set_id = $1', [
      set.id,
    ]);
    expect(point).toEqual([{ verdict: 'sound', verified_level: 'restore' }]);
  });

  test('fails when a materialised view comes back without data, and when an answer is another one', async ({
    skip,
  }) => {
    if (pagila === undefined) return skip(NO_SAMPLES);
    const set = await pointOf('pagila.sql', pagila);
    const { run, checks } = await drilling.drill({
      recoveryPoint: latest(set),
      steps: [...FETCH_VERIFY_EXTRACT, { step: 'postgres', isolation }],
      validation: [
        PAYMENTS,
        { check: 'rowCounts', tables: { film: 999, nothing: 1 } },
        { check: 'sql', query: 'DELETE FROM public.payment', expect: { equals: 0 } },
      ],
    });
    expect(run).toMatchObject({ status: 'completed', validation: 'failed', procedure: 'failed', cleanup: 'done' });
    const failed = checks
      .filter(({ result }) => result === 'failed')
      .map(({ subject, actual }) => `${subject}: ${actual}`);
    expect(failed).toEqual([
      'row counts: 0 of 2 counts, over 1 of 21 tables',
      'film: 1000 rows',
      'nothing: no such table',
      expect.stringMatching(/^DELETE FROM public\.payment: no answer: .*syntax error/),
      'materialised view public.rental_by_category: without data: queries on it fail',
    ]);
  });

  test.for([
    {
      name: 'cut by a full disk, packed',
      harm: (bytes: Buffer) => gzipSync(bytes).subarray(0, 300_000),
      file: 'p.sql.gz',
    },
    { name: 'half there', harm: (bytes: Buffer) => bytes.subarray(0, 1_500_000), file: 'p.sql' },
  ])('that is $name stops at verify', async ({ harm, file }, { skip }) => {
    if (pagila === undefined) return skip(NO_SAMPLES);
    const set = await pointOf(file, harm(pagila));
    const { run, said } = await drilling.drill({
      recoveryPoint: latest(set),
      steps: [...FETCH_VERIFY_EXTRACT, { step: 'postgres', isolation }],
      validation: [PAYMENTS],
    });
    expect(run).toMatchObject({ status: 'failed', availability: 'failed', validation: 'not reached' });
    expect(run.procedureReason).toMatch(/^the backup is damaged: /);
    expect(run.findings).toMatchObject([{ kind: 'truncated' }]);
    expect(said.restore).toBeNull();
    const point = await drilling.db.rows('SELECT verdict FROM recovery_point WHERE set_id = $1', [set.id]);
    expect(point).toEqual([{ verdict: 'damaged' }]);
  });

  test('with one changed byte in plain text is altered: only its digest shows it', async ({ skip }) => {
    if (pagila === undefined) return skip(NO_SAMPLES);
    const set = await pointOf('pagila.sql', pagila, LISTED);
    const { root } = await repositoryById(drilling.db, set.repositoryId);
    const changed = Buffer.from(pagila);
    const at = changed.indexOf('ACADEMY DINOSAUR');
    changed[at] = 'B'.charCodeAt(0);
    writeFileSync(join(root, 'pagila.sql'), changed);
    const { run } = await drilling.drill({
      recoveryPoint: latest(set),
      steps: [...FETCH_VERIFY_EXTRACT, { step: 'postgres', isolation }],
      validation: [PAYMENTS],
    });
    expect(run.procedureReason).toMatch(/^the backup is altered: /);
  });
});

describe('a SQLite database of another tool', () => {
  test('is opened read-only, checked by SQLite, and asked', async ({ skip }) => {
    if (chinook === undefined) return skip(NO_SAMPLES);
    const set = await pointOf('chinook.sqlite.gz', gzipSync(chinook), LISTED);
    const { run, said, checks } = await drilling.drill({
      recoveryPoint: latest(set),
      steps: [...FETCH_VERIFY_EXTRACT, { step: 'sqlite' }],
      validation: [
        { check: 'sql', query: 'SELECT round(sum(Total), 2) FROM Invoice', expect: { equals: 2328.6 } },
        { check: 'sql', query: 'SELECT count(*), 1 FROM Album', expect: { equals: [[347, 1]] } },
        { check: 'rowCounts', tables: { Track: 3503, 'main.Artist': 275 } },
      ],
    });
    expect(run).toMatchObject({ status: 'completed', validation: 'passed', procedure: 'passed' });
    expect(said.restore).toMatch(/SQLite found 11 tables whole$/);
    expect(checks.map(({ actual }) => actual)).toContain('2 of 2 counts, over 2 of 11 tables');
  });
});

describe('an archive of another tool', () => {
  const steps = (level: 'digest' | 'content') =>
    [{ step: 'fetch' }, { step: 'verify', level }, { step: 'extract', into: 'tree' }] as const;
  const tar = tarOf(
    { path: 'etc/', typeflag: '5' },
    { path: 'etc/hosts', data: 'here\n' },
    { path: 'SHA256SUMS', data: `${createHash('sha256').update('here\n').digest('hex')}  etc/hosts\n` },
  );

  test('comes back as files, compared with the list among them', async () => {
    const set = await pointOf('etc.tar.gz', gzipSync(tar));
    const { run, said } = await drilling.drill({
      recoveryPoint: latest(set),
      steps: [...steps('content')],
      validation: [{ check: 'files', against: { list: 'SHA256SUMS' }, required: ['etc/hosts'], count: 2 }],
    });
    expect(run).toMatchObject({ status: 'completed', validation: 'passed', procedure: 'passed' });
    expect(said.validate).toBe('1 of 1 files equal');
  });

  test('fails when a file that must be there is not, or is another one', async () => {
    const set = await pointOf(
      'etc.tar',
      Buffer.concat([tar.subarray(0, 1024), Buffer.from('HERE'), tar.subarray(1028)]),
    );
    const { run, checks } = await drilling.drill({
      recoveryPoint: latest(set),
      steps: [...steps('content')],
      validation: [{ check: 'files', against: { list: 'SHA256SUMS' }, required: ['etc/passwd'], count: { min: 3 } }],
    });
    expect(run).toMatchObject({ status: 'completed', validation: 'failed' });
    expect(checks.map(({ subject, result }) => [subject, result])).toEqual([
      ['files', 'failed'],
      ['etc/hosts', 'failed'],
      ['etc/passwd', 'failed'],
      ['number of files', 'failed'],
    ]);
  });

  test('that is hostile is found by the verification, and refused by the extraction when that looked at nothing', async () => {
    const bytes = tarOf({ path: '../outside', data: 'x' });
    const set = await pointOf('evil.tar', bytes, LISTED);
    const validation = [{ check: 'files' as const, count: 1 }];
    const verified = await drilling.drill({ recoveryPoint: latest(set), steps: [...steps('content')], validation });
    expect(verified.run.procedureReason).toMatch(/^the backup is hostile: /);
    const extracted = await drilling.drill({ recoveryPoint: latest(set), steps: [...steps('digest')], validation });
    expect(extracted.run).toMatchObject({ status: 'failed', procedure: 'failed' });
    expect(extracted.run.statusReason).toContain('was made to harm');
    expect(await drilling.leftovers()).toEqual(NOTHING_LEFT);
  });
});

describe('a sandbox that is full before everything is unpacked', () => {
  test('fails the drill, which says so and removes what there was; the backup stays sound', async ({ skip }) => {
    if (smallDisk === undefined) return skip('no disk can be mounted here');
    // 12 MiB that come to less than a tenth of that when they are packed: more than provisioning reckons with.
    const data = Buffer.alloc(12 * 1_048_576);
    for (let offset = 0; offset < data.length; offset += 4096) randomBytes(128).copy(data, offset);
    const set = await pointOf('large.tar.gz', gzipSync(tarOf({ path: 'large', data })));
    const { run } = await drilling.drill(
      {
        recoveryPoint: latest(set),
        steps: FETCH_VERIFY_EXTRACT,
        validation: [{ check: 'files', count: 1 }],
      },
      { sandboxRoot: join(smallDisk, 'sandboxes') },
    );
    expect(run).toMatchObject({ status: 'failed', procedure: 'failed', cleanup: 'done' });
    expect(run.statusReason).toMatch(/full|no space/i);
    expect(run.availabilityReason).toMatch(/^the backup was there and sound/);
    expect(readdirSync(join(smallDisk, 'sandboxes')).filter((name) => !name.startsWith('.'))).toEqual([]);
  });
});

describe('a recovery point is chosen', () => {
  test('by a moment before the trigger, or drawn at random by a seed that the log tells', async () => {
    const set = await world.newSet(await world.newRepository());
    const { root } = await repositoryById(drilling.db, set.repositoryId);
    const tar = tarOf({ path: 'file', data: 'x' });
    for (const [hours, name] of [
      [1, 'young'],
      [3, 'middle'],
      [30, 'old'],
    ] as const) {
      writeFileSync(join(root, `${name}.tar`), tar);
      await world.register(set, `${name}.tar`, { taken_at: new Date(Date.now() - hours * 3_600_000) });
    }
    const rest = { steps: FETCH_VERIFY_EXTRACT, validation: [{ check: 'files' as const, count: 1 }] };
    const at = await drilling.drill({ recoveryPoint: { set: set.name, select: 'at', at: 'PT2H' }, ...rest });
    expect(at.said.provision).toContain('middle.tar');
    const drawn = await drilling.drill({ recoveryPoint: { set: set.name, select: 'random', withinDays: 1 }, ...rest });
    expect(drawn.said.provision).toMatch(/young|middle/);
    expect(drawn.log.join('\n')).toMatch(/drawn at random from 2 recovery points of 1 days: seed [0-9a-f]{16}/);
    const none = await drilling.drill({ recoveryPoint: { set: set.name, select: 'at', at: 'P2D' }, ...rest });
    expect(none.run.statusReason).toMatch(/has no recovery point that is as old as/);
  });
});
