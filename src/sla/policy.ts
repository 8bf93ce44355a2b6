import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { SEVERITIES, type Severity } from '../kernel/severity.ts';
import { longText } from '../kernel/text.ts';
import { CASE_EVENTS, type CaseEvent, CLOCK_KINDS, type ClockKind, START_EVENTS } from './clock-kind.ts';
import { MAX_TARGET_SECONDS, type Term, termSchema } from './term.ts';

/** What every report prints for as long as nobody has confirmed or replaced the example figures. */
export const EXAMPLE_NOTICE = 'example targets, not your commitment';

const seconds = (meaning: string) => z.int().min(1).max(MAX_TARGET_SECONDS).describe(meaning);

const secondsFields = {
  respondSeconds: seconds('From the notification to the first qualified response'),
  planSeconds: seconds('From the response to an agreed plan of recovery'),
  recoverSeconds: seconds('RTO: from the notification until the service runs again'),
  rpoSeconds: seconds('RPO: the oldest that the data which comes back may be'),
};

export const SECONDS_TARGETS = ['respondSeconds', 'planSeconds', 'recoverSeconds', 'rpoSeconds'] as const;

const byKind = <Value extends z.ZodType>(value: Value) =>
  z.strictObject(Object.fromEntries(CLOCK_KINDS.map((kind) => [kind, value])) as Record<ClockKind, Value>).partial();

const termsSchema = byKind(termSchema).describe(
  'How the clocks count. Without a term here, those of respond, plan and recover run around the clock for their seconds, and ' +
    'others have no target and do not start. Drills are judged by the seconds always',
);

/** What is wrong with targets that do not fit together: the field, and the end of a sentence. */
function contradictionsIn(
  targets: SecondsTargets,
): { readonly field: keyof SecondsTargets; readonly message: string }[] {
  return (['respondSeconds', 'planSeconds'] as const).flatMap((field) =>
    targets[field] > targets.recoverSeconds
      ? [{ field, message: `must not be longer than recoverSeconds (${targets.recoverSeconds}), which includes it` }]
      : [],
  );
}

/** The targets of one severity: the seconds are all required, because an unset target is never read as 0. */
const severityTargetsSchema = z
  .strictObject({ ...secondsFields, terms: termsSchema.optional() })
  .superRefine((targets, context) => {
    for (const { field, message } of contradictionsIn(targets))
      context.addIssue({ code: 'custom', path: [field], message });
  });

/** A complete set of targets, one entry for each severity. */
export const policyTargetsSchema = z.strictObject({
  emergency: severityTargetsSchema,
  important: severityTargetsSchema,
  general: severityTargetsSchema,
} satisfies Record<Severity, z.ZodType>);

/** What differs for one service; what is left out is as for the severity. */
const serviceTargetsSchema = z.strictObject({
  serviceId: z.uuid().toLowerCase(),
  severity: z.enum(SEVERITIES),
  ...z.strictObject(secondsFields).partial().shape,
  terms: termsSchema.optional(),
});

/** Targets of single services. */
export const servicesTargetsSchema = z
  .array(serviceTargetsSchema)
  .max(500)
  .superRefine((all, context) => {
    const keys = all.map(({ serviceId, severity }) => `${serviceId} ${severity}`);
    for (const [index, key] of keys.entries()) {
      if (keys.indexOf(key) === index) continue;
      context.addIssue({ code: 'custom', path: [index], message: 'must name each service once a severity' });
    }
  });

/** What starts the clock of a kind. */
export const startsSchema = byKind(z.enum(CASE_EVENTS)).describe(
  `What starts the clocks, where that differs from: ${CLOCK_KINDS.map((kind) => `${kind} at the ${START_EVENTS[kind]}`).join(', ')}`,
);

export const policyNoteSchema = longText(2000).describe('Why these figures: the contract, the decision, the meeting');

type SecondsTargets = z.infer<z.ZodObject<typeof secondsFields>>;
export type SeverityTargets = z.infer<typeof severityTargetsSchema>;
export type PolicyTargets = z.infer<typeof policyTargetsSchema>;
export type ServiceTargets = z.infer<typeof serviceTargetsSchema>;
export type PolicyStarts = z.infer<typeof startsSchema>;

/** `example`: made by the first start. `confirmed`: a principal stands for the figures. */
export type PolicyOrigin = 'example' | 'confirmed';

/** One version of the policy. It never changes; a new commitment is a new version. */
export interface SlaPolicy {
  readonly version: number;
  readonly origin: PolicyOrigin;
  readonly targets: PolicyTargets;
  readonly services: readonly ServiceTargets[];
  readonly starts: PolicyStarts;
  readonly note: string;
  readonly createdAt: Temporal.Instant;
  /** Who stands for a confirmed version; null for the example, which is nobody's commitment. */
  readonly confirmedBy: PolicyPerson | null;
  /** The second principal, where it loosens a target. */
  readonly approvedBy: PolicyPerson | null;
}

interface PolicyPerson {
  readonly id: string;
  readonly name: string;
}

/** What a version promises. */
export type PolicyFigures = Pick<SlaPolicy, 'targets' | 'services' | 'starts'>;

/** The figures of the first start. They are round and plainly invented, so that nobody takes them for a contract. */
export const EXAMPLE_TARGETS: PolicyTargets = {
  emergency: { respondSeconds: 900, planSeconds: 3600, recoverSeconds: 14_400, rpoSeconds: 86_400 },
  important: { respondSeconds: 3600, planSeconds: 14_400, recoverSeconds: 86_400, rpoSeconds: 172_800 },
  general: { respondSeconds: 28_800, planSeconds: 86_400, recoverSeconds: 259_200, rpoSeconds: 604_800 },
};

/** What a version promises for one severity: of a service, where it has targets of its own. */
export function targetsFor(
  { targets, services }: Pick<SlaPolicy, 'targets' | 'services'>,
  severity: Severity,
  serviceId?: string | null,
): SeverityTargets {
  const general = targets[severity];
  const own = services.find((each) => each.serviceId === serviceId && each.severity === severity);
  if (own === undefined) return general;
  const merged = { ...general };
  for (const name of SECONDS_TARGETS) merged[name] = own[name] ?? general[name];
  // Whoever gives a service other seconds means them for its clock, too.
  const inherited = { ...general.terms };
  for (const kind of CLOCK_KINDS) if (secondsOf(kind, own) !== undefined) delete inherited[kind];
  return { ...merged, terms: { ...inherited, ...own.terms } };
}

/** How long the clock of a kind gives; undefined: there is no target for it. */
export function termFor(targets: SeverityTargets, kind: ClockKind): Term | undefined {
  const stated = targets.terms?.[kind];
  if (stated !== undefined) return stated;
  const amount = secondsOf(kind, targets);
  return amount === undefined ? undefined : { unit: 'seconds', amount, counted: 'always' };
}

const SECONDS_OF_KIND: { readonly [Kind in ClockKind]?: keyof SecondsTargets } = {
  respond: 'respondSeconds',
  plan: 'planSeconds',
  recover: 'recoverSeconds',
};

function secondsOf(
  kind: ClockKind,
  targets: { readonly [Name in keyof SecondsTargets]?: number | undefined },
): number | undefined {
  const name = SECONDS_OF_KIND[kind];
  return name && targets[name];
}

/** What starts the clock of a kind under this version. */
export function startOf({ starts }: Pick<SlaPolicy, 'starts'>, kind: ClockKind): CaseEvent {
  return starts[kind] ?? START_EVENTS[kind];
}

/** What contradicts itself in the targets of services once they are taken together with those of their severities. */
export function contradictionsOfServices(
  figures: Pick<PolicyFigures, 'targets' | 'services'>,
): { readonly field: string; readonly message: string }[] {
  return figures.services.flatMap(({ serviceId, severity }, index) =>
    contradictionsIn(targetsFor(figures, severity, serviceId)).map(({ field, message }) => ({
      field: `#/services/${index}/${field}`,
      message,
    })),
  );
}

/** The sentence that a report must print above figures of this version, or null when they are a commitment. */
export function noticeOf(policy: Pick<SlaPolicy, 'origin'>): string | null {
  return policy.origin === 'example' ? EXAMPLE_NOTICE : null;
}
