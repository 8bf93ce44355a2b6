import { Client } from 'pg';
import { openRuntime, type Runtime } from '../../src/composition/runtime.ts';
import { readConfig } from '../../src/config.ts';
import { driverSettings } from '../../src/database/connection.ts';
import { SUPERUSER } from '../../src/database/embedded-database.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { testLog } from '../support/log.ts';
import type { Installation } from '../system/installation.ts';

/** Opens an installation in this process, as its service would. */
export async function withRuntimeOf<T>({ data }: Installation, work: (runtime: Runtime) => Promise<T>): Promise<T> {
  const config = readConfig({ MUSTER_DATA: data }, '/');
  const runtime = await openRuntime({
    config,
    log: testLog,
    clock: systemClock,
    mode: 'own',
    onDatabaseLost: () => {},
  });
  try {
    return await work(runtime);
  } finally {
    await runtime.close();
  }
}

/** Runs statements as whoever owns the machine may. */
export function asSuperuser(installation: Installation, ...statements: string[]): Promise<void> {
  return withRuntimeOf(installation, async ({ database }) => {
    const client = new Client(driverSettings({ ...database.access.owner, user: SUPERUSER }, 'test'));
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  });
}
