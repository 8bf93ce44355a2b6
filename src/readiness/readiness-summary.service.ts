import { Temporal } from 'temporal-polyfill';
import { type LevelCount, openAlertsByLevel } from '../alerts/open-alerts.queries.ts';
import { countOverdue } from '../allocations/overdue.queries.ts';
import { listBackupSets } from '../backups/backup-set.queries.ts';
import { statusOfSets } from '../backups/set-status.queries.ts';
import type { Queryable } from '../database/database.ts';
import { databaseNowMs } from '../database/now.ts';
import type { DefinitionFile } from '../drills/definition-file.ts';
import { openIncidentsBySeverity } from '../incidents/incident.queries.ts';
import type { Severity } from '../kernel/severity.ts';
import { listClocks } from '../sla/clock.queries.ts';
import { runningClocks } from '../sla/running-clocks.ts';
import { judgeServices } from './readiness.service.ts';
import type { Conclusion } from './readiness.ts';
import { type ServiceKey, servicesByCriticality } from './readiness-list.service.ts';

/** What is read in one go of each kind. Services of one batch count each part once, however many need it. */
const BATCH = { services: 1000, sets: 500, clocks: 5000 } as const;

const SOON_MS = 86_400_000;

/** What stands at the head of the first page, at one moment. */
export interface ReadinessSummary {
  readonly checkedAt: Temporal.Instant;
  readonly services: Readonly<Record<Conclusion, number>>;
  readonly proven: number;
  readonly alerts: readonly LevelCount[];
  readonly incidents: ReadonlyMap<Severity, number>;
  /** Clocks that run: over their time, and those that run out within 24 hours. */
  readonly clocks: { readonly overdue: number; readonly dueSoon: number };
  readonly sets: { readonly inUse: number; readonly stale: number };
  /** Lines of check-outs that are out and should be back. */
  readonly overdueCheckouts: number;
}

/** Counts what is ready, what is not, and what is open. Nothing of it is stored: every service is judged. */
export async function readinessSummary(db: Queryable, files: readonly DefinitionFile[]): Promise<ReadinessSummary> {
  const nowMs = await databaseNowMs(db);
  return {
    checkedAt: Temporal.Instant.fromEpochMilliseconds(nowMs),
    ...(await countServices(db, files)),
    alerts: await openAlertsByLevel(db),
    incidents: await openIncidentsBySeverity(db),
    clocks: await countClocks(db, nowMs),
    sets: await countSets(db),
    overdueCheckouts: await countOverdue(db),
  };
}

async function countServices(db: Queryable, files: readonly DefinitionFile[]) {
  const services = { ready: 0, 'not-ready': 0, 'not-assessed': 0 };
  let proven = 0;
  let after: ServiceKey | undefined;
  do {
    const listed = await servicesByCriticality(db, {}, { limit: BATCH.services, after });
    const batch = listed.map(({ service }) => service);
    for (const { conclusion, proof } of await judgeServices(db, batch, files)) {
      services[conclusion] += 1;
      if (proof.isProven) proven += 1;
    }
    const last = listed.at(-1);
    after = listed.length === BATCH.services && last ? [last.service.criticality, last.nameKey] : undefined;
  } while (after !== undefined);
  return { services, proven };
}

async function countClocks(db: Queryable, nowMs: number): Promise<ReadinessSummary['clocks']> {
  let overdue = 0;
  let dueSoon = 0;
  let after: string | undefined;
  do {
    const clocks = await listClocks(db, { state: 'open' }, { limit: BATCH.clocks, after });
    for (const { dueMs, isOverdue } of await runningClocks(db, clocks, nowMs)) {
      if (isOverdue) overdue += 1;
      else if (dueMs !== null && dueMs <= nowMs + SOON_MS) dueSoon += 1;
    }
    after = clocks.length === BATCH.clocks ? clocks.at(-1)?.id : undefined;
  } while (after !== undefined);
  return { overdue, dueSoon };
}

async function countSets(db: Queryable): Promise<ReadinessSummary['sets']> {
  let inUse = 0;
  let stale = 0;
  let after: string | undefined;
  do {
    const sets = await listBackupSets(db, { limit: BATCH.sets, after });
    const used = sets.filter(({ retired }) => !retired);
    const statuses = used.length === 0 ? [] : [...(await statusOfSets(db, used)).values()];
    inUse += used.length;
    stale += statuses.filter(({ freshness }) => freshness === 'stale').length;
    after = sets.length === BATCH.sets ? sets.at(-1)?.id : undefined;
  } while (after !== undefined);
  return { inUse, stale };
}
