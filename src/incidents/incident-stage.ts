/** What an incident goes through, in this order; `closed` is its end. */
export const STAGES = ['receive', 'record', 'classify', 'transfer', 'handle', 'feedback', 'closed'] as const;

export type Stage = (typeof STAGES)[number];

/** The stages that last: an incident is in one of them at every instant between its receipt and its end. */
export const TIMED_STAGES = STAGES.filter((stage) => stage !== 'closed');

/** What is done while it is handled; each may come again after any other. */
export const SUB_STATES = ['analysing', 'planning', 'implementing', 'verifying'] as const;

export type SubState = (typeof SUB_STATES)[number];

/** One line of the history of stages. Instants are milliseconds since 1970. */
export interface StageEntry {
  readonly stage: Stage;
  /** While it is handled, and only then. */
  readonly subState: SubState | null;
  readonly enteredAtMs: number;
  readonly lateBecause: string | null;
  readonly by: string;
}

/** A stretch of an incident: from the line that begins it until the next one. */
export interface StageSpan extends StageEntry {
  /** Null for the one that goes on. */
  readonly leftAtMs: number | null;
  readonly durationMs: number;
}

/** The stretches of a history as they stand at an instant, without its end. Their durations add up to what has elapsed. */
export function stageSpans(history: readonly StageEntry[], atMs: number): StageSpan[] {
  return history.flatMap((entry, index) => {
    if (entry.stage === 'closed') return [];
    const leftAtMs = history[index + 1]?.enteredAtMs ?? null;
    // What was entered a little ahead of the clock has not lasted yet.
    return [{ ...entry, leftAtMs, durationMs: Math.max(0, (leftAtMs ?? atMs) - entry.enteredAtMs) }];
  });
}

/** How long each stage, and each sub-state, has lasted altogether, in milliseconds. */
export function timesOf(spans: readonly StageSpan[]) {
  const sum = (isMeant: (span: StageSpan) => boolean) =>
    spans.filter(isMeant).reduce((total, { durationMs }) => total + durationMs, 0);
  return {
    elapsedMs: sum(() => true),
    stageMs: TIMED_STAGES.map((stage) => [stage, sum((span) => span.stage === stage)] as const),
    subStateMs: SUB_STATES.map((state) => [state, sum((span) => span.subState === state)] as const),
  };
}
