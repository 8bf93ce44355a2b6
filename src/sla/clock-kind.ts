/** What a clock can measure. */
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
] as const;

export type ClockKind = (typeof CLOCK_KINDS)[number];

/** What happens in a case and starts or stops clocks. */
export const CASE_EVENTS = [
  'notification',
  'record',
  'classification',
  'transfer',
  'response',
  'plan',
  'update',
  'recovery',
  'resolution',
  'feedback',
] as const;

export type CaseEvent = (typeof CASE_EVENTS)[number];

/** What starts the clock of each kind, unless the policy says otherwise. */
export const START_EVENTS: Readonly<Record<ClockKind, CaseEvent>> = {
  respond: 'notification',
  plan: 'response',
  recover: 'notification',
  resolve: 'notification',
  update: 'notification',
  record: 'notification',
  classify: 'record',
  transfer: 'classification',
  feedback: 'resolution',
};

/** What the clock of each kind measures up to. The one for updates starts anew at each update, until the case is resolved. */
export const STOP_EVENTS: Readonly<Record<ClockKind, readonly CaseEvent[]>> = {
  respond: ['response'],
  plan: ['plan'],
  recover: ['recovery'],
  resolve: ['resolution'],
  update: ['update', 'resolution'],
  record: ['record'],
  classify: ['classification'],
  transfer: ['transfer'],
  feedback: ['feedback'],
};
