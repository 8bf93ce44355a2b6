import { VerifyThread } from '../../../src/backups/verify-thread.ts';
import type { ConnectionSettings } from '../../../src/database/connection.ts';
import type { Database } from '../../../src/database/database.ts';
import { openCatalogue } from '../../../src/drills/catalogue.ts';
import type { RunnerDeps } from '../../../src/drills/drill-deps.ts';
import { createEgress } from '../../../src/egress/egress.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { createLogger } from '../../../src/kernel/log.ts';
import { openKeyring } from '../../../src/secrets/keyring.ts';
import { NO_REMOTE } from '../../backups/support/no-remote.ts';
import { serverPrograms } from '../../support/server-programs.ts';

/** Where everything lies; plain data, so that a child process can be told. */
export interface DrillPlaces {
  readonly root: string;
  readonly service: ConnectionSettings;
  readonly keys: string;
  readonly repository: string;
  readonly definitions: string;
  readonly sandboxes: string;
  readonly runtime: string;
  readonly reports: string;
  readonly exportFile: string;
  readonly identityFile: string;
  readonly hostId: string;
  /** Where new clusters are kept, for all files of a test run. */
  readonly clusterTemplates: string;
}

// One for all drills of a worker, as a service has one: to load its thread takes longer than to check what tests restore.
const verifier = new VerifyThread();

/** What the runner is given, built as the composition root builds it. */
export async function drillDeps(db: Database, places: DrillPlaces): Promise<RunnerDeps> {
  return {
    db,
    clock: systemClock,
    log: createLogger('silent'),
    keyring: await openKeyring(places.keys),
    version: '0.0.0-test',
    hostId: places.hostId,
    sandboxRoot: places.sandboxes,
    runtimeDirectory: places.runtime,
    catalogue: await openCatalogue(places.definitions),
    scratchServer: async () => ({ ...(await serverPrograms()), clusterTemplates: places.clusterTemplates }),
    verifier,
    exportedKey: async () => ({ exportFile: places.exportFile, identityFile: places.identityFile }),
    identityText: async () => undefined,
    egress: createEgress({ allowList: [] }),
    remote: NO_REMOTE,
    dataDirectory: places.root,
    reportDirectory: places.reports,
    drillsAtOnce: 2,
    lease: { leaseSeconds: 30, heartbeatSeconds: 0.2 },
  };
}
