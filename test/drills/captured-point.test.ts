import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { describe, expect, test, vi } from 'vitest';
import { takeBackup } from '../../src/backups/backup.service.ts';
import type { BackupSet } from '../../src/backups/backup-catalogue.ts';
import { useCaptureWorld } from '../backups/capture/support/capture-world.ts';
import { newJob } from '../backups/support/backup-world.ts';
import { FETCH_VERIFY_EXTRACT, useDrilling } from './support/drilling.ts';
import { NOTHING_LEFT } from './support/watching.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const world = useCaptureWorld();
const drilling = useDrilling(() => world.database.service);

/** Several thousand files that nobody here wrote. */
const TREE = join(import.meta.dirname, '../../node_modules/typeorm');

/** Takes a point, signed with the key that drills trust. */
async function take(set: BackupSet) {
  const { keyring } = await drilling.deps();
  const keys = { signingKey: keyring.signingKey, publicKeys: [keyring.publicKey] };
  return takeBackup({ ...world.deps, ...keys }, set.id, newJob());
}

const latest = ({ name }: BackupSet) => ({ set: name, select: 'latest' as const });
const directory = (path: string) => ({ type: 'directory' as const, path });
const COMPARED = [{ check: 'files' as const, against: 'manifest' as const }];

describe('what Muster captured', () => {
  test('comes back as a tree of several thousand files, every digest compared twice', async () => {
    const set = await world.newSet(directory(TREE));
    await take(set);
    const validation = [{ ...COMPARED[0], check: 'files' as const, required: ['package.json'], count: { min: 2000 } }];
    const { run, said } = await drilling.drill({
      recoveryPoint: latest(set),
      steps: [{ step: 'fetch' }, { step: 'verify' }, { step: 'extract', into: 'srv/app' }],
      validation,
    });
    expect(run).toMatchObject({ status: 'completed', validation: 'passed', procedure: 'passed', cleanup: 'done' });
    const [, files = '0', compared] =
      /^(\d+) files, .*, (\d+) digests compared on the way$/.exec(said.restore ?? '') ?? [];
    expect(Number(files)).toBeGreaterThan(2000);
    expect(compared).toBe(files);
    expect(said.validate).toMatch(new RegExp(`^${files} of ${files} files equal$`));
    expect(await drilling.leftovers()).toEqual(NOTHING_LEFT);
  });

  test('is opened with an identity when it is encrypted, and without one is not restored', async () => {
    const identity = await generateX25519Identity();
    const source = await world.newDirectory();
    writeFileSync(join(source, 'secret.txt'), 'for few eyes');
    const set = await world.newSet(directory(source), { recipients: [await identityToRecipient(identity)] });
    await take(set);
    const parts = {
      recoveryPoint: latest(set),
      steps: FETCH_VERIFY_EXTRACT,
      validation: [{ check: 'files' as const, required: ['secret.txt'], count: 1 }],
    };
    const opened = await drilling.drill(parts, { identityText: async () => identity });
    expect(opened.run).toMatchObject({ status: 'completed', validation: 'passed' });
    const closed = await drilling.drill(parts);
    expect(closed.run).toMatchObject({ status: 'failed', procedure: 'failed' });
    expect(closed.run.statusReason).toMatch(/is encrypted, and no identity here opens it/);
  });

  test('as a SQLite database in use comes back whole', async () => {
    const path = join(await world.newDirectory(), 'app.sqlite');
    const database = new DatabaseSync(path);
    database.exec("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), ('x')");
    const set = await world.newSet({ type: 'sqlite', path });
    await take(set);
    database.close();
    const { run, said } = await drilling.drill({
      recoveryPoint: latest(set),
      steps: [...FETCH_VERIFY_EXTRACT, { step: 'sqlite' }],
      validation: [{ check: 'rowCounts', tables: { t: 3 } }],
    });
    expect(run).toMatchObject({ status: 'completed', validation: 'passed' });
    expect(said.validate).toBe('1 of 1 counts, over 1 of 1 tables');
  });
});
