import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MUSTER_SET } from '../../src/backups/muster-set.ts';
import { openDrills } from '../../src/composition/drill-definitions.ts';
import { layFoundations } from '../../src/composition/first-start.ts';
import { openRuntime, type Runtime } from '../../src/composition/runtime.ts';
import { readConfig } from '../../src/config.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { verifyRecoveryPoint } from '../../src/verification/recovery-point.ts';
import { runAs } from '../support/database.ts';
import { testLog } from '../support/log.ts';

const MIGRATIONS = join(import.meta.dirname, '../../src/database/migrations');
/** The first migration of the latest release, and a table that it made. */
const LATEST = { since: 1_763_769_690_000, table: 'incident' };

/** What a migration asks of the database, statement by statement. */
async function statementsOf(file: string): Promise<string[]> {
  const statements: string[] = [];
  const runner = { query: async (statement: string) => statements.push(statement) && [] };
  const [Migration] = Object.values(await import(pathToFileURL(join(MIGRATIONS, file)).href)) as (new () => {
    up(runner: unknown): Promise<void>;
  })[];
  if (!Migration) throw new Error(`${file} holds no migration`);
  await new Migration().up(runner);
  return statements;
}

describe('an upgrade of the schema', () => {
  let data: string;

  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'muster-u-'));
  });

  afterAll(async () => {
    await rm(data, { recursive: true, force: true });
  });

  const open = (): Promise<Runtime> =>
    openRuntime({
      config: readConfig({ MUSTER_DATA: data }, data),
      log: testLog,
      clock: systemClock,
      mode: 'own',
      onDatabaseLost: () => {},
    });

  /** The points on disk, whatever the catalogue knows. */
  const points = async () => {
    const names = await readdir(join(data, 'backups', MUSTER_SET)).catch(() => []);
    return names.filter((name) => /^\d{8}T/.test(name));
  };

  /** As the database of the release before looked: without the latest migrations and what they made. */
  async function forgetLatestRelease({ database }: Runtime): Promise<void> {
    const files = await readdir(MIGRATIONS);
    const isLatest = (file: string) => Number.parseInt(file, 10) >= LATEST.since;
    const text = (await Promise.all(files.filter(isLatest).map(statementsOf))).flat().join('\n;\n');
    const forget = (statement: string) => runAs(database.access.owner, statement);
    const made = [...text.matchAll(/CREATE (?:UNIQUE )?(TABLE|FUNCTION|INDEX) (\w+)/g)];
    expect(made.length).toBeGreaterThan(4);
    for (const [, kind, name] of made) await forget(`DROP ${kind} IF EXISTS ${name} CASCADE`);
    const earlier = (await Promise.all(files.filter((file) => !isLatest(file)).map(statementsOf))).flat().join(';\n');
    for (const [, index] of text.matchAll(/DROP INDEX (\w+)/g)) {
      const making = new RegExp(`CREATE (UNIQUE )?INDEX ${index} [^;]*`);
      const [statement] = making.exec(earlier) ?? [];
      // One that these migrations both made and dropped was not there before any of them.
      if (statement === undefined && making.test(text)) continue;
      await forget(statement ?? `no migration made ${index}`);
    }
    const changed = [...text.matchAll(/ALTER TABLE (\w+)\s([^;]*)/g)];
    // One that these migrations both made and replaced was not there before any of them.
    const replaced = new Set(
      [...text.matchAll(/DROP CONSTRAINT (\w+)/g)]
        .map(([, name = '']) => name)
        .filter((name) => new RegExp(`CONSTRAINT ${name}\\b`).test(earlier)),
    );
    for (const [, table, additions = ''] of changed) {
      for (const [, constraint, name = ''] of additions.matchAll(/ADD (?:COLUMN )?(CONSTRAINT )?(\w+)/g)) {
        if (constraint === undefined) await forget(`ALTER TABLE IF EXISTS ${table} DROP COLUMN IF EXISTS ${name}`);
        // One that took the place of another is there under the old name, as it was before.
        else if (!replaced.has(name)) await forget(`ALTER TABLE IF EXISTS ${table} DROP CONSTRAINT IF EXISTS ${name}`);
      }
    }
    // A constraint over a column that was taken away went with it.
    for (const [, table, changes = ''] of changed) {
      for (const [, name = ''] of changes.matchAll(/DROP CONSTRAINT (\w+)/g)) {
        const [there] = await runAs(database.access.owner, 'SELECT FROM pg_constraint WHERE conname = $1', [name]);
        if (!there && replaced.has(name)) await forget(`ALTER TABLE ${table} ADD CONSTRAINT ${name} CHECK (true)`);
      }
    }
    await runAs(database.access.owner, 'DELETE FROM schema_migration WHERE timestamp >= $1', [LATEST.since]);
  }

  test('takes a sound backup of the old state first; a new installation and an unchanged one take none', async () => {
    const first = await open();
    await layFoundations(first, (await openDrills()).current());
    expect(await points()).toEqual([]);
    await first.close();

    const unchanged = await open();
    expect(await points()).toEqual([]);
    await forgetLatestRelease(unchanged);
    await unchanged.close();

    const upgraded = await open();
    try {
      expect(await upgraded.db.rows(`SELECT FROM ${LATEST.table}`)).toEqual([]);
      const [point, ...others] = await points();
      expect(others).toEqual([]);
      const directory = join(data, 'backups', MUSTER_SET, String(point));
      const check = await verifyRecoveryPoint(directory, { publicKeys: [upgraded.keyring.publicKey] });
      expect(check).toMatchObject({ verdict: 'sound', level: 'content' });
    } finally {
      await upgraded.close();
    }
  }, 180_000);

  test('does not happen when that backup cannot be taken', async () => {
    const before = await open();
    await forgetLatestRelease(before);
    await before.close();
    await rm(join(data, 'keys', 'signing-key.pem'));
    await expect(open()).rejects.toMatchObject({ code: 'key-missing' });
  }, 180_000);
});
