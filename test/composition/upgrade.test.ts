import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MUSTER_SET } from '../../src/backups/muster-set.ts';
import { openDrills } from '../../src/composition/dependencies.ts';
import { layFoundations } from '../../src/composition/first-start.ts';
import { openRuntime, type Runtime } from '../../src/composition/runtime.ts';
import { readConfig } from '../../src/config.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { verifyRecoveryPoint } from '../../src/verification/recovery-point.ts';
import { runAs } from '../support/database.ts';
import { testLog } from '../support/log.ts';

const LAST_TABLE = 'idempotency_record';

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

  /** As the database of the release before looked: without the last migration and what it made. */
  async function forgetLastMigration({ database }: Runtime): Promise<void> {
    await runAs(database.access.owner, `DROP TABLE ${LAST_TABLE}`);
    await runAs(
      database.access.owner,
      'DELETE FROM schema_migration WHERE id = (SELECT max(id) FROM schema_migration)',
    );
  }

  test('takes a sound backup of the old state first; a new installation and an unchanged one take none', async () => {
    const first = await open();
    await layFoundations(first, (await openDrills()).current());
    expect(await points()).toEqual([]);
    await first.close();

    const unchanged = await open();
    expect(await points()).toEqual([]);
    await forgetLastMigration(unchanged);
    await unchanged.close();

    const upgraded = await open();
    try {
      expect(await upgraded.db.rows(`SELECT FROM ${LAST_TABLE}`)).toEqual([]);
      const [point, ...others] = await points();
      expect(others).toEqual([]);
      const directory = join(data, 'backups', MUSTER_SET, String(point));
      const check = await verifyRecoveryPoint(directory, { publicKeys: [upgraded.keyring.publicKey] });
      expect(check).toMatchObject({ verdict: 'sound', level: 'content' });
    } finally {
      await upgraded.close();
    }
  });

  test('does not happen when that backup cannot be taken', async () => {
    const before = await open();
    await forgetLastMigration(before);
    await before.close();
    await rm(join(data, 'keys', 'signing-key.pem'));
    await expect(open()).rejects.toMatchObject({ code: 'key-missing' });
  });
});
