/** The values of the API that the pages of incidents offer as choices. The routes' types hold them against the API. */
import type { operations } from '../api/api.generated.d.ts';
import type { Tone } from '../parts/mark.tsx';

type Answer<Name extends keyof operations> =
  operations[Name]['responses'] extends Record<200, { content: { 'application/json': infer Body } }> ? Body : never;

/** An incident with its stages, as its page shows it. */
export type Incident = Answer<'getIncident'>;
export type ListedIncident = Answer<'listIncidents'>['items'][number];
export type BoardItem = Answer<'getIncidentBoard'>['items'][number];
export type Clock = Answer<'getSlaClock'>;
export type Explanation = Answer<'explainSlaClock'>;
export type PauseRequest = Answer<'getSlaPauseRequest'>;
export type TimelineItem = Answer<'getIncidentTimeline'>['items'][number];
export type Review = Answer<'getIncidentReview'>;
export type Action = Answer<'getAction'>;
export type ProcessReview = Answer<'getProcessReview'>;
export type Attainment = Answer<'getSlaAttainment'>;

export type Severity = Incident['severity'];
export const SEVERITIES = ['emergency', 'important', 'general'] as const satisfies readonly Severity[];

export const KINDS = [
  'incident',
  'question',
  'suggestion',
  'minor-fault',
] as const satisfies readonly Incident['kind'][];

export type Stage = BoardItem['stage'];
/** In the order in which an incident goes through them. */
export const STAGES = [
  'receive',
  'record',
  'classify',
  'transfer',
  'handle',
  'feedback',
] as const satisfies readonly Stage[];

export const SUB_STATES = [
  'analysing',
  'planning',
  'implementing',
  'verifying',
] as const satisfies readonly Incident['subState'][];

export const FREQUENCIES = ['once', 'recurring', 'continuous'] as const satisfies readonly Incident['frequency'][];
export const SCOPES = [
  'single-user',
  'several-users',
  'site',
  'all-users',
] as const satisfies readonly Incident['scope'][];
export const CONTACT_WAYS = ['phone', 'e-mail', 'message', 'video', 'on-site', 'other'] as const;
export const DECISIONS = ['accepted', 'declined', 'deferred'] as const;

export const CLOCK_KINDS = [
  'respond',
  'plan',
  'recover',
  'resolve',
  'update',
  'record',
  'classify',
  'transfer',
  'feedback',
] as const satisfies readonly Clock['kind'][];

export const TIMELINE_KINDS = [
  'stage',
  'facts',
  'contact',
  'plan',
  'verification',
  'resolution',
  'feedback',
  'classification',
  'transfer',
  'note',
  'dispatch',
  'clock-started',
  'clock-paused',
  'clock-resumed',
  'clock-stopped',
  'clock-mark',
  'clock-breached',
  'clock-target',
  'from-reserve',
  'customer-update',
  'recovery-requested',
  'recovery-ended',
] as const satisfies readonly TimelineItem['kind'][];

/** What can be done about an incident. */
export const ACTS = [
  'take',
  'facts',
  'record',
  'classify',
  'transfer',
  'contact',
  'plan',
  'subState',
  'verification',
  'dispatch',
  'recovery',
  'resolve',
  'close',
  'note',
] as const;
export type Act = (typeof ACTS)[number];

/** What each stage allows, the way on first; the server holds to the same. */
export const ACTS_OF: Record<Incident['stage'], readonly Act[]> = {
  receive: ['take', 'record', 'facts', 'contact', 'dispatch', 'recovery', 'note'],
  record: ['record', 'facts', 'contact', 'dispatch', 'recovery', 'note'],
  classify: ['classify', 'facts', 'contact', 'dispatch', 'recovery', 'note'],
  transfer: ['transfer', 'contact', 'facts', 'classify', 'dispatch', 'recovery', 'note'],
  handle: [
    ...['contact', 'plan', 'subState', 'verification', 'resolve'],
    ...['dispatch', 'recovery', 'transfer', 'classify', 'facts', 'note'],
  ] as readonly Act[],
  feedback: ['close', 'contact', 'note'],
  closed: [],
};

export const SEVERITY_TONES: Record<Severity, Tone> = { emergency: 'bad', important: 'warn', general: 'quiet' };

export const BREACH_CAUSES = [
  'no-spare',
  'no-licence',
  'no-sound-backup',
  'nobody-available',
  'skill-missing',
  'supplier',
  'customer',
  'site-access',
  'late-notice',
  'diagnosis',
  'plan-failed',
  'workload',
  'late-entry',
  'other',
] as const;

export const ACTION_STATES = ['open', 'done', 'dropped', 'all'] as const;
export const ACTION_SOURCES = ['drill', 'incident-review', 'process-review', 'other'] as const;
export const REVIEW_STATES = ['draft', 'final', 'all'] as const;
export const PROCESS_REVIEW_STATES = ['planned', 'due', 'held', 'cancelled', 'all'] as const;
export const DIMENSIONS = ['severity', 'kind', 'service', 'team', 'month'] as const;
