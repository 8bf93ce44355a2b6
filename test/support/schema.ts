import type { DatabaseAccess } from '../../src/database/embedded-database.ts';
import { migrate } from '../../src/database/migrate.ts';
import { installQueue } from '../../src/scheduling/queue-install.ts';
import { testLog } from './log.ts';

/** Brings a new database to the present schema, as start-up does. */
export async function createSchema(access: DatabaseAccess): Promise<void> {
  await migrate({
    owner: access.owner,
    log: testLog,
    beforeUpgrade: async () => {},
    afterwards: (serviceRole) => installQueue({ owner: access.owner, serviceRole, log: testLog }),
  });
}
