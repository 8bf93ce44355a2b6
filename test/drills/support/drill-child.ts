import { Database } from '../../../src/database/database.ts';
import { findBinaries } from '../../../src/database/server/binaries.ts';
import { probeRunAs } from '../../../src/database/server/run-as.ts';
import type { LeaseTimes } from '../../../src/drills/drill-deps.ts';
import type { Phase } from '../../../src/drills/phase.ts';
import { carryOutRun } from '../../../src/drills/runner.ts';
import { type DrillPlaces, drillDeps } from './drill-deps.ts';
import { ENTITIES } from './entities.ts';

/** What the child is told on its command line. */
export interface ChildOrders {
  readonly places: DrillPlaces;
  readonly runId: string;
  /** The run stays here for good, alive. */
  readonly holdAt?: Phase;
  readonly lease?: LeaseTimes;
}

// A process of its own that carries one run out, to be killed. Its scratch server outlives it, as one may in production.
const orders: ChildOrders = JSON.parse(process.argv[2] ?? '');
const db = await Database.connect(orders.places.service, ENTITIES, { applicationName: 'drill child' });
const binaries = await findBinaries();
const runAs = await probeRunAs({ binaries, diesWithParent: false });
const deps = await drillDeps(db, orders.places);
const forever = new Promise<void>(() => {});
const carriedOut = await carryOutRun(
  {
    ...deps,
    lease: orders.lease ?? deps.lease,
    scratchServer: async () => ({ binaries, runAs }),
    onPhase: async (phase) => {
      process.stdout.write(`${phase}\n`);
      if (phase === orders.holdAt) await forever;
    },
  },
  orders.runId,
  new AbortController().signal,
);
process.stdout.write(carriedOut ? 'ended\n' : 'not queued\n');
await db.close();
