import { z } from 'zod';
import { ALERT_LEVELS } from '../alerts/alert.ts';
import { PROOF_STANDINGS } from '../drills/proof.ts';
import { AVAILABILITY_OUTCOMES, RUN_STATUSES, VERDICT_OUTCOMES } from '../drills/run.ts';
import type { ProvingDrill } from '../drills/service-proof.ts';
import { SEVERITIES } from '../kernel/severity.ts';
import { REQUIREMENT_VERDICTS } from '../services/coverage.ts';
import type { Covered } from '../services/pool-coverage.ts';
import type { CoveredSkill } from '../services/skill-coverage.ts';
import { CLOCK_KINDS } from '../sla/clock-kind.ts';
import { VERDICTS_WORST_FIRST } from '../verification/finding.ts';
import { CONCLUSIONS, type ServiceReadiness, type SetReadiness, usableFor } from './readiness.ts';
import { LINK_KINDS, REASON_CODES, REASON_SUBJECTS } from './readiness-reason.ts';

const instant = z.iso.datetime();
const seconds = z.number();

const reasonView = z.object({
  code: z.enum(REASON_CODES),
  effect: z
    .enum(['not-ready', 'not-assessed'])
    .describe('not-ready: it is known to be missing or to fail; not-assessed: nobody can say'),
  about: z.enum(REASON_SUBJECTS),
  message: z.string(),
  values: z
    .record(z.string(), z.union([z.string(), z.number()]))
    .describe('What the sentence names, for whoever says it in another language'),
  link: z
    .object({ kind: z.enum(LINK_KINDS), id: z.string() })
    .describe('What it leads to; the id of a drill is its name, that of the policy its version'),
});

const runView = z.object({
  id: z.uuid(),
  drill: z.string(),
  finishedAt: instant,
  status: z.enum(RUN_STATUSES),
  technicalRtaSeconds: seconds.nullable().describe('Null where the service was not validated'),
  procedure: z.enum(VERDICT_OUTCOMES),
  availability: z.enum(AVAILABILITY_OUTCOMES),
});

const proofView = z.object({
  proven: z.boolean(),
  reason: z.string(),
  until: instant.nullable().describe('Until when it holds, if nothing changes'),
  rtoSeconds: seconds.describe('What the policy in force promises for the recovery, as the drill tightens it'),
  lastRun: runView.nullable().describe('The newest full run that came to a verdict, of the drill that counts'),
  drills: z.array(z.object({ drill: z.string(), standing: z.enum(PROOF_STANDINGS), reason: z.string() })),
});

const recoveryPointView = z.object({
  set: z.object({ id: z.uuid(), name: z.string().nullable().describe('Null when there is no set of this id') }),
  freshness: z.enum(['fresh', 'stale']).nullable().describe('Null when there is no set of this id'),
  newestSound: z
    .object({ id: z.uuid(), takenAt: instant, ageSeconds: seconds })
    .nullable()
    .describe('The newest recovery point that was found sound; null when there is none'),
  rpoSeconds: seconds.describe('What the policy in force promises for the service'),
  setRpoSeconds: seconds.nullable().describe('What the set itself is watched by; null: its schedule says what is late'),
  last: z
    .object({ pointId: z.uuid(), verdict: z.enum(VERDICTS_WORST_FIRST as [string, ...string[]]).nullable() })
    .nullable()
    .describe('The newest recovery point, sound or not; a verdict of null: never checked'),
});

const resourceView = z.object({
  kind: z.enum(['spare', 'seat', 'skill']),
  id: z.uuid().nullable().describe('Of the part or the product; null when the name means none, or several'),
  name: z.string().describe('As the service states it'),
  verdict: z.enum(REQUIREMENT_VERDICTS),
  required: z.int(),
  usable: z.int().describe('What the loss of this service may take now: with the reserve only when it is an emergency'),
  reserve: z
    .int()
    .describe('Free in the emergency reserve: among the usable when this loss is an emergency, else besides them'),
  short: z.int(),
});

/** The readiness of one service as the API shows it. */
export const readinessView = z.object({
  service: z.object({
    id: z.uuid(),
    name: z.string(),
    criticality: z.enum(SEVERITIES),
    owner: z.object({ id: z.uuid(), kind: z.enum(['person', 'team']), name: z.string() }),
  }),
  checkedAt: instant.describe('What is there was read at this moment; nothing is kept by it'),
  conclusion: z
    .enum(CONCLUSIONS)
    .describe(
      'ready: proven, and nothing is missing now; not-assessed: nothing is known against it, but nobody can say',
    ),
  reasons: z.array(reasonView).describe('Every reason why it is not ready; none when it is'),
  proof: proofView,
  recoveryPoints: z.array(recoveryPointView).describe('Of each backup set of the service'),
  resources: z.array(resourceView).describe('What the recovery needs: spares, licence seats and skills'),
  alerts: z.object({
    byLevel: z
      .array(z.object({ level: z.literal(ALERT_LEVELS), count: z.int() }))
      .describe('Open ones, the worst first'),
    worst: z.object({ id: z.uuid(), text: z.string() }).nullable(),
  }),
  clocks: z
    .array(
      z.object({
        id: z.uuid(),
        target: z.enum(CLOCK_KINDS),
        case: z.string(),
        incidentId: z.uuid().nullable().describe('Null when the case is no incident of the register'),
        dueAt: instant.nullable().describe('Null when its calendar cannot count it'),
        overdue: z.boolean(),
      }),
    )
    .max(5)
    .describe('SLA clocks that run, those that run out first'),
});

export function viewOfReadiness(readiness: ServiceReadiness): z.input<typeof readinessView> {
  const { service, checkedAt, conclusion, reasons, coverage, alerts, clocks } = readiness;
  const { id, name, criticality, owner } = service;
  return {
    service: { id, name, criticality, owner },
    checkedAt: checkedAt.toString(),
    conclusion,
    reasons: [...reasons],
    proof: viewOfProof(readiness),
    recoveryPoints: readiness.sets.map(viewOfSet),
    resources: [
      ...coverage.spares.map((spare) => viewOfNeed(readiness, 'spare', spare)),
      ...coverage.seats.map((seat) => viewOfNeed(readiness, 'seat', seat)),
      ...coverage.skills.map(viewOfSkill),
    ],
    alerts: { byLevel: [...alerts.byLevel], worst: alerts.worst },
    clocks: clocks.map(({ clock, incidentId, dueMs, isOverdue }) => ({
      id: clock.id,
      target: clock.kind,
      case: clock.subject,
      incidentId,
      dueAt: dueMs === null ? null : new Date(dueMs).toISOString(),
      overdue: isOverdue,
    })),
  };
}

function viewOfProof({ proof, recovery }: ServiceReadiness): z.input<typeof proofView> {
  return {
    proven: proof.isProven,
    reason: proof.reason,
    until: proof.until?.toISOString() ?? null,
    rtoSeconds: recovery.rtoSeconds,
    lastRun: recovery.drill ? viewOfRun(recovery.drill) : null,
    drills: proof.drills.map(({ drill, standing, reason }) => ({ drill, standing, reason })),
  };
}

function viewOfRun({ drill, run }: ProvingDrill): z.input<typeof runView> | null {
  if (!run) return null;
  const { id, finishedAt, status, technicalRtaSeconds, procedure, availability } = run;
  return { id, drill, finishedAt: finishedAt.toISOString(), status, technicalRtaSeconds, procedure, availability };
}

function viewOfSet(set: SetReadiness): z.input<typeof recoveryPointView> {
  const { id, name, status, ageSeconds, rpoSeconds, setRpoSeconds, lastVerdict } = set;
  const sound = status?.newestSoundPoint;
  return {
    set: { id, name },
    freshness: status?.freshness ?? null,
    newestSound: sound && ageSeconds !== null ? { id: sound.id, takenAt: sound.takenAt.toString(), ageSeconds } : null,
    rpoSeconds,
    setRpoSeconds,
    last: lastVerdict,
  };
}

function viewOfNeed(
  { service }: ServiceReadiness,
  kind: 'spare' | 'seat',
  { thing, needed, verdict, free, neededBy }: Covered<{ readonly id: string }>,
): z.input<typeof resourceView> {
  const usable = usableFor(service, free);
  return {
    kind,
    id: thing?.id ?? null,
    name: neededBy[0]?.text ?? '',
    verdict,
    required: needed,
    usable,
    reserve: free.withReserve - free.ordinary,
    short: Math.max(0, needed - usable),
  };
}

function viewOfSkill({ stated, verdict, ready }: CoveredSkill): z.input<typeof resourceView> {
  const short = ready.length > 0 ? 0 : 1;
  return { kind: 'skill', id: null, name: stated.text, verdict, required: 1, usable: ready.length, reserve: 0, short };
}
