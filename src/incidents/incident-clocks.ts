import { CLOCK_KINDS, type ClockKind } from '../sla/clock-kind.ts';
import { type IncidentKind, needsRecovery } from './incident-kind.ts';

/** The SLA clocks that a kind of incident can have: where nothing is down, none for its plan and its recovery. */
export function clocksOf(kind: IncidentKind): readonly ClockKind[] {
  return needsRecovery(kind) ? CLOCK_KINDS : CLOCK_KINDS.filter((clock) => clock !== 'plan' && clock !== 'recover');
}
