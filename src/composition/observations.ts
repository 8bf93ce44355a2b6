import { Gauge, type Registry } from 'prom-client';
import { countOverdue } from '../allocations/overdue.queries.ts';
import type { Sealer } from '../audit/sealer.ts';
import type { LogArchiver } from '../backups/log-archive/log-archiver.ts';
import type { Database } from '../database/database.ts';
import { countDeliveries } from '../notices/channels/delivery.queries.ts';
import { countToldGaps } from '../people/on-call-gap.queries.ts';
import type { Ticker } from '../scheduling/ticker.ts';
import { observeBackups } from './backup-observations.ts';
import type { DeadMan } from './dead-man.ts';

/** What is measured when somebody asks for the metrics. */
export interface Observed {
  readonly db: Database;
  readonly ticker: Ticker;
  readonly sealer: Sealer;
  readonly deadMan?: DeadMan;
  /** Undefined where the log of the database is not archived. */
  readonly archiver?: LogArchiver | undefined;
}

/** Adds Muster's own gauges to the metrics. */
export function observe(metrics: Registry, { db, ticker, sealer, archiver, deadMan }: Observed): void {
  gauge(metrics, 'muster_scheduler_tick_age_seconds', 'Since the last complete tick of the schedules', () => {
    return ticker.health().lastTickAgeSeconds ?? Number.NaN;
  });
  gauge(metrics, 'muster_scheduler_lag_seconds', 'How late the oldest due slot was at the last tick', () => {
    return ticker.health().lagSeconds;
  });
  gauge(metrics, 'muster_audit_seal_lag_seconds', 'How long the oldest audit entry has waited for its seal', () => {
    return sealer.lagSeconds();
  });
  gauge(
    metrics,
    'muster_deadman_ping_age_seconds',
    'Since the last dead-man ping that arrived; NaN before the first, and where nobody is pinged',
    () => deadMan?.health()?.lastPingAgeSeconds ?? Number.NaN,
  );
  gauge(metrics, 'muster_overdue_lines', 'Lines of check-outs that are out and should be back', () => countOverdue(db));
  gauge(metrics, 'muster_on_call_gaps', 'Gaps of on-call rotas that were told and stand', () => countToldGaps(db));
  gauge(metrics, 'muster_notices_waiting', 'Notices that wait to be sent by a channel', () => {
    return countDeliveries(db, 'waiting');
  });
  gauge(metrics, 'muster_notices_dead', 'Notices that a channel gave up', () => countDeliveries(db, 'dead'));
  gauge(
    metrics,
    'muster_log_archive_lag_seconds',
    'How long the oldest log of the database has waited to be archived; NaN where this process archives none',
    () => archiver?.lagSeconds() ?? Number.NaN,
  );
  observeBackups(metrics, db);
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
