import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { SEVERITIES, type Severity } from '../kernel/severity.ts';
import { lineText, longText } from '../kernel/text.ts';
import { backDating } from '../sla/clock-record.ts';
import { FREQUENCIES, INCIDENT_KINDS, type IncidentFacts, type IncidentKind, SCOPES } from './incident-kind.ts';
import type { Stage, SubState } from './incident-stage.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Something that somebody has reported, with the way that it has gone so far. */
export interface Incident extends IncidentFacts {
  readonly id: string;
  /** `INC-2026-000001`: the subject of its SLA clocks. */
  readonly number: string;
  readonly kind: IncidentKind;
  readonly severity: Severity;
  readonly title: string;
  readonly description: string;
  /** Who reported it, and how they can be reached. */
  readonly reporterContact: string;
  readonly reporter: Named | null;
  /** Possibly empty. */
  readonly customer: string;
  readonly service: Named | null;
  /** Who is responsible. */
  readonly team: Named | null;
  readonly assignee: Named | null;
  readonly calendarId: string | null;
  readonly stage: Stage;
  readonly subState: SubState | null;
  readonly receivedAt: Temporal.Instant;
  /** When somebody verified that the service runs again. */
  readonly restoredAt: Temporal.Instant | null;
  /** When it was said how it ended; that is later than that the service runs. */
  readonly resolvedAt: Temporal.Instant | null;
  readonly closedAt: Temporal.Instant | null;
  readonly createdBy: Named;
  readonly createdAt: Temporal.Instant;
  readonly version: number;
}

const id = z.uuid().toLowerCase();

/** What may be known of an incident. */
export const factFields = {
  symptom: lineOrMore(4000).optional().describe('What does not work, as it shows itself'),
  frequency: z.enum(FREQUENCIES).optional().describe('How often it shows'),
  scope: z.enum(SCOPES).optional().describe('Whom it concerns'),
};

/** Text of several lines that is not empty. */
export function lineOrMore(maxLength: number) {
  return longText(maxLength).min(1, 'must not be empty');
}

/** Something new that was reported. */
export const newIncidentSchema = z
  .strictObject({
    kind: z.enum(INCIDENT_KINDS).default('incident').describe('What it is; all but incident are general cases'),
    severity: z
      .enum(SEVERITIES)
      .optional()
      .describe('As it seems on receipt: whose targets hold until it is classified. General cases may leave it out'),
    title: lineText(200).describe('What it is about'),
    description: longText(10_000).default('').describe('What was reported, in the words of whoever did'),
    reporterContact: lineText(500).describe('Who reports it, and how they can be reached'),
    reporterId: id.optional().describe('The person, where the register knows them'),
    customer: lineText(500).optional().describe('Whom it concerns; left out: the customer of the service'),
    serviceId: id.optional().describe('The service that is concerned'),
    teamId: id.optional().describe('The team that is responsible until it is handed over'),
    calendarId: id.optional().describe('The working calendar, where a target counts by one'),
    ...factFields,
    ...backDating,
  })
  .superRefine(({ kind, severity }, context) => {
    const issue = (message: string) => context.addIssue({ code: 'custom', path: ['severity'], message });
    if (kind === 'incident' && severity === undefined) issue('must be stated for an incident');
    if (kind !== 'incident' && severity !== undefined && severity !== 'general') issue(`a ${kind} is general`);
  });

export type NewIncident = z.infer<typeof newIncidentSchema>;
