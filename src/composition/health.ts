import { statfs } from 'node:fs/promises';
import type { Sealer } from '../audit/sealer.ts';
import { MIGRATIONS_TABLE } from '../database/data-source.ts';
import type { Database } from '../database/database.ts';
import { loadMigrations } from '../database/migrate.ts';
import type { HealthCheck } from '../http/health.ts';
import { formatBytes } from '../kernel/units.ts';
import type { Ticker } from '../scheduling/ticker.ts';
import type { DeadMan } from './dead-man.ts';

/** What `/readyz` looks at; a missing part makes the service not ready. */
export interface HealthParts {
  readonly db: Database;
  readonly ticker: Ticker;
  readonly sealer: Sealer;
  readonly deadMan: DeadMan;
  readonly dataDirectory: string;
}

/** Less free space than this, and the next backup or drill is likely to fail. */
const DISK_FREE_BYTES_MIN = 256 * 1024 ** 2;

/** Entries that wait longer than this for their seal could be changed without a trace. */
const SEAL_LAG_SECONDS_MAX = 60;

/** Everything the service needs to do its work. Details name no address and no path. */
export function healthChecks({ db, ticker, sealer, deadMan, dataDirectory }: HealthParts): HealthCheck[] {
  return [
    { name: 'database', check: async () => ({ ok: (await db.rows('SELECT 1')).length === 1, detail: 'answers' }) },
    { name: 'migrations', check: () => migrationsAreComplete(db) },
    { name: 'scheduler', check: async () => schedulerState(ticker) },
    { name: 'audit seal', check: async () => sealState(sealer) },
    { name: 'disk', check: () => diskState(dataDirectory) },
    ...(deadMan.health() === undefined ? [] : [{ name: 'dead-man ping', check: async () => pingState(deadMan) }]),
  ];
}

async function migrationsAreComplete(db: Database) {
  const wanted = (await loadMigrations()).length;
  const [row] = await db.rows<{ count: string }>(`SELECT count(*) FROM ${MIGRATIONS_TABLE}`);
  return { ok: Number(row?.count) === wanted, detail: `${row?.count} of ${wanted} applied` };
}

function schedulerState(ticker: Ticker) {
  const { ok, lastTickAgeSeconds, failing } = ticker.health();
  if (failing.length > 0) return { ok, detail: `${failing.length} schedules cannot fire` };
  const detail =
    lastTickAgeSeconds === null ? 'has not ticked yet' : `last tick ${lastTickAgeSeconds.toFixed(0)} s ago`;
  return { ok, detail };
}

function sealState(sealer: Sealer) {
  const lagSeconds = sealer.lagSeconds();
  const { failure } = sealer.status();
  const ok = failure === null && lagSeconds <= SEAL_LAG_SECONDS_MAX;
  return { ok, detail: failure === null ? `${lagSeconds.toFixed(0)} s behind` : 'fails: see the log' };
}

/** Never a reason to take the service away: whoever waits for the pings says so if they do not come. */
function pingState(deadMan: DeadMan) {
  const { lastPingAgeSeconds = null, failure = null } = deadMan.health() ?? {};
  if (failure !== null) return { ok: true, detail: 'does not arrive: see the log' };
  const age = lastPingAgeSeconds === null ? 'none yet' : `${lastPingAgeSeconds.toFixed(0)} s ago`;
  return { ok: true, detail: age };
}

async function diskState(dataDirectory: string) {
  const { bavail, bsize } = await statfs(dataDirectory);
  const free = bavail * bsize;
  return { ok: free >= DISK_FREE_BYTES_MIN, detail: `${formatBytes(free)} free` };
}
