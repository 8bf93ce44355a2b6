import type { Tx } from '../database/database.ts';
import { formatSeconds } from '../kernel/units.ts';
import { postNotice } from '../notices/notice.store.ts';
import { serviceByName } from '../services/service.queries.ts';
import type { DrillRun } from './run.ts';

/** Whom a run concerns: whoever owns its service, and whoever asked for it. A service that nobody registered has nobody. */
async function concernedBy(tx: Tx, run: Pick<DrillRun, 'service' | 'requestedById'>): Promise<string[]> {
  const owner = (await serviceByName(tx, run.service))?.owner.id;
  return [owner, run.requestedById].filter((id) => typeof id === 'string');
}

/** Whoever is told of a real recovery must not take it for a drill. */
function whatOf({ mode }: DrillRun): string {
  return mode === 'recovery' ? 'The recovery by' : 'The drill';
}

/** Tells that a run has begun, in the transaction in which a worker takes it. */
export async function tellStarted(tx: Tx, run: DrillRun): Promise<number> {
  return postNotice(tx, {
    kind: 'drill-run.started',
    recipients: await concernedBy(tx, run),
    subjectKind: 'drill-run',
    subjectId: run.id,
    summary: `${whatOf(run)} ${run.drill} of ${run.service} has begun, asked for by ${run.requestedByName}`,
    details: { drill: run.drill, service: run.service, trigger: run.trigger, mode: run.mode },
    onceKey: `drill-run.started/${run.id}`,
  });
}

/** Tells how a run came out, in the transaction that writes its end. */
export async function tellFinished(tx: Tx, run: DrillRun): Promise<number> {
  const { drill, service, status, procedure, availability, technicalRtaSeconds: rta } = run;
  const time = rta === null ? 'recovery time not measured' : `technical RTA ${formatSeconds(rta)}`;
  const verdicts = `procedure ${procedure}, availability ${availability}`;
  const why = run.procedureReason === null ? '' : `. ${run.procedureReason}`;
  return postNotice(tx, {
    kind: 'drill-run.finished',
    recipients: await concernedBy(tx, run),
    subjectKind: 'drill-run',
    subjectId: run.id,
    summary: `${whatOf(run)} ${drill} of ${service} is over (${status}): ${verdicts}, ${time}${why}`,
    details: {
      ...{ drill, service, status, procedure, availability, technicalRtaSeconds: rta, rpaSeconds: run.rpaSeconds },
      ...{ validation: run.validation, cleanup: run.cleanup, trigger: run.trigger, mode: run.mode },
    },
    onceKey: `drill-run.finished/${run.id}`,
  });
}

/** Tells that a slot was left out because an earlier run was still going, in the transaction that records it. */
export async function tellSkipped(
  tx: Tx,
  run: Pick<DrillRun, 'id' | 'drill' | 'service' | 'requestedById'>,
  reason: string,
) {
  return postNotice(tx, {
    kind: 'drill.missed',
    recipients: await concernedBy(tx, run),
    subjectKind: 'drill-run',
    subjectId: run.id,
    summary: `The drill ${run.drill} of ${run.service} did not run: ${reason}`,
    details: { drill: run.drill, service: run.service, reason },
    onceKey: `drill.missed/${run.id}`,
  });
}

/** An action that a run has opened or closed. */
export interface ChangedAction {
  readonly id: string;
  /** What it is about. */
  readonly subject: string;
  readonly summary: string;
  readonly ownerId: string | null;
  readonly dueAt: Date;
}

/** Tells the owner of an action that it was opened or closed, in the transaction that does so. */
export async function tellAction(
  tx: Tx,
  event: 'opened' | 'closed',
  run: Pick<DrillRun, 'id' | 'drill' | 'service'>,
  action: ChangedAction,
): Promise<number> {
  const { id, subject, summary, ownerId } = action;
  const dueAt = action.dueAt.toISOString();
  const what =
    event === 'opened'
      ? `To be put right by ${dueAt.slice(0, 10)} after the drill ${run.drill} of ${run.service}: ${summary}`
      : `Put right, as a drill ${run.drill} of ${run.service} has shown: ${summary}`;
  return postNotice(tx, {
    kind: `drill-action.${event}`,
    recipients: ownerId === null ? [] : [ownerId],
    subjectKind: 'drill-action',
    subjectId: id,
    summary: what,
    details: { drill: run.drill, service: run.service, runId: run.id, subject, dueAt },
    onceKey: `drill-action.${event}/${id}`,
  });
}
