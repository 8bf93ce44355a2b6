import type { Database } from '../database/database.ts';
import { postNotice } from '../notices/notice.store.ts';
import { listServices, serviceByName } from '../services/service.queries.ts';
import type { Service } from '../services/service.ts';
import type { DrillCatalogue } from './catalogue.ts';
import { DRILL_SCHEDULE_SUFFIX, scheduleNameOf } from './drill-schedule.ts';
import { serviceProofs } from './service-proof.ts';
import { missedSlots, overdueActions } from './watch.queries.ts';

/** How far a look goes back for slots that were missed. */
const MISSED_DAYS = 7;
const BATCH_SERVICES = 100;

interface WatchDeps {
  readonly db: Database;
  readonly catalogue: DrillCatalogue;
}

/**
 * Tells owners what did not happen: a slot of a drill that was missed, a proof that has become too old, an action that is
 * overdue. Of each once, however often and in however many processes it looks.
 * @returns how many notices are new.
 */
export async function tellOverdueDrills(deps: WatchDeps, signal: AbortSignal): Promise<number> {
  await deps.catalogue.refresh();
  return (await tellMissedSlots(deps)) + (await tellOldProofs(deps, signal)) + (await tellOverdueActions(deps));
}

async function tellMissedSlots({ db, catalogue }: WatchDeps): Promise<number> {
  const files = new Map(catalogue.current().map((file) => [scheduleNameOf(file.name), file]));
  let notices = 0;
  for (const { fireId, scheduleId, schedule, slot } of await missedSlots(db, [...files.keys()], MISSED_DAYS)) {
    const service = await serviceByName(db, files.get(schedule)?.definition?.service ?? '');
    if (!service) continue;
    const drill = schedule.slice(0, -DRILL_SCHEDULE_SUFFIX.length);
    const dueAt = slot.toISOString();
    notices += await db.transaction((tx) =>
      postNotice(tx, {
        kind: 'drill.missed',
        recipients: [service.owner.id],
        subjectKind: 'schedule',
        subjectId: scheduleId,
        summary: `The drill ${drill} of ${service.name} was due at ${dueAt} and did not run`,
        details: { drill, service: service.name, slot: dueAt },
        onceKey: `drill.missed/${fireId}`,
      }),
    );
  }
  return notices;
}

async function tellOldProofs({ db, catalogue }: WatchDeps, signal: AbortSignal): Promise<number> {
  let notices = 0;
  let after: string | undefined;
  do {
    signal.throwIfAborted();
    const listed = await listServices(db, { state: 'active' }, { limit: BATCH_SERVICES, after });
    const services = listed.map(({ service }) => service);
    const proofs = await serviceProofs(db, services, catalogue.current());
    for (const [at, proof] of proofs.entries()) {
      const service = services[at];
      if (service && !proof.isProven) notices += await tellOldProof(db, service, proof.drills);
    }
    after = listed.length === BATCH_SERVICES ? listed.at(-1)?.nameKey : undefined;
  } while (after !== undefined);
  return notices;
}

/** One notice for each run that would still prove the service, had it not become too old. */
async function tellOldProof(
  db: Database,
  service: Service,
  drills: Awaited<ReturnType<typeof serviceProofs>>[number]['drills'],
): Promise<number> {
  let notices = 0;
  for (const { drill, standing, reason, run } of drills) {
    if (standing !== 'too old' || !run) continue;
    notices += await db.transaction((tx) =>
      postNotice(tx, {
        kind: 'drill.overdue',
        recipients: [service.owner.id],
        subjectKind: 'service',
        subjectId: service.id,
        summary: `${service.name} is not proven to be recoverable any more: ${reason}. Run the drill ${drill}`,
        details: { drill, service: service.name, runId: run.id, reason },
        onceKey: `drill.overdue/${drill}/${run.id}`,
      }),
    );
  }
  return notices;
}

async function tellOverdueActions({ db }: WatchDeps): Promise<number> {
  let notices = 0;
  for (const { id, drill, service, subject, summary, ownerId, dueAt } of await overdueActions(db)) {
    const since = dueAt.toISOString().slice(0, 10);
    notices += await db.transaction((tx) =>
      postNotice(tx, {
        kind: 'drill-action.overdue',
        recipients: [ownerId],
        subjectKind: 'drill-action',
        subjectId: id,
        summary: `Overdue since ${since}, found by the drill ${drill} of ${service}: ${summary}`,
        details: { drill, service, subject, dueAt: dueAt.toISOString() },
        onceKey: `drill-action.overdue/${id}`,
      }),
    );
  }
  return notices;
}
