import type { Severity } from '../kernel/severity.ts';

/** What somebody has reported. All but `incident` are general cases. */
export const INCIDENT_KINDS = ['incident', 'question', 'suggestion', 'minor-fault'] as const;

export type IncidentKind = (typeof INCIDENT_KINDS)[number];

/** Of questions and suggestions nothing is down, and nothing is to be restored. */
export function needsRecovery(kind: IncidentKind): boolean {
  return kind === 'incident' || kind === 'minor-fault';
}

/** What must be known of an incident before it counts as recorded. */
export const FACTS = ['symptom', 'frequency', 'scope'] as const;

export type Fact = (typeof FACTS)[number];

/** How often it shows. */
export const FREQUENCIES = ['once', 'recurring', 'continuous'] as const;

/** Whom it concerns, the fewest first. */
export const SCOPES = ['single-user', 'several-users', 'site', 'all-users'] as const;

type Frequency = (typeof FREQUENCIES)[number];
type Scope = (typeof SCOPES)[number];

/** What is known of an incident; null: not yet. */
export interface IncidentFacts {
  readonly symptom: string | null;
  readonly frequency: Frequency | null;
  readonly scope: Scope | null;
}

/**
 * The facts that a severity asks for. Everything in an emergency is decided by them, so that it needs all; how often something
 * shows can be found out while an important one is handled, and whom it concerns while a general one is.
 */
const NEEDED: Readonly<Record<Severity, readonly Fact[]>> = {
  emergency: FACTS,
  important: ['symptom', 'scope'],
  general: ['symptom'],
};

/** The facts that are missing; questions and suggestions need none beyond their title. */
export function missingFacts(kind: IncidentKind, severity: Severity, facts: IncidentFacts): Fact[] {
  return needsRecovery(kind) ? NEEDED[severity].filter((fact) => facts[fact] === null) : [];
}
