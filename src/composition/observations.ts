import { Gauge, type Registry } from 'prom-client';
import { countOverdue } from '../allocations/overdue.queries.ts';
import type { Sealer } from '../audit/sealer.ts';
import { listBackupSets } from '../backups/backup-set.queries.ts';
import { newestSoundPoint } from '../backups/catalogue.queries.ts';
import type { Database } from '../database/database.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Ticker } from '../scheduling/ticker.ts';

/** What is measured when somebody asks for the metrics. */
export interface Observed {
  readonly db: Database;
  readonly ticker: Ticker;
  readonly sealer: Sealer;
  readonly clock: Clock;
}

/** Sets that one scrape asks about. */
const SETS_MAX = 200;

/** Adds Muster's own gauges to the metrics. */
export function observe(metrics: Registry, { db, ticker, sealer, clock }: Observed): void {
  gauge(metrics, 'muster_scheduler_tick_age_seconds', 'Since the last complete tick of the schedules', () => {
    return ticker.health().lastTickAgeSeconds ?? Number.NaN;
  });
  gauge(metrics, 'muster_scheduler_lag_seconds', 'How late the oldest due slot was at the last tick', () => {
    return ticker.health().lagSeconds;
  });
  gauge(metrics, 'muster_audit_seal_lag_seconds', 'How long the oldest audit entry has waited for its seal', () => {
    return sealer.lagSeconds();
  });
  gauge(metrics, 'muster_overdue_lines', 'Lines of check-outs that are out and should be back', () => countOverdue(db));
  new Gauge({
    name: 'muster_newest_sound_point_age_seconds',
    help: 'Age of the data in the newest recovery point that a check found sound; no sample where a set has none',
    labelNames: ['set'],
    registers: [metrics],
    async collect() {
      this.reset();
      for (const set of await listBackupSets(db, { limit: SETS_MAX })) {
        const point = await newestSoundPoint(db, set.id);
        if (point) this.set({ set: set.name }, clock.now().since(point.takenAt).total('seconds'));
      }
    },
  });
}

function gauge(metrics: Registry, name: string, help: string, read: () => number | Promise<number>): void {
  new Gauge({
    name,
    help,
    registers: [metrics],
    async collect() {
      this.set(await read());
    },
  });
}
