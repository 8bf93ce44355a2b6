import { z } from 'zod';
import { SEVERITIES, type Severity } from '../kernel/severity.ts';
import { lineText } from '../kernel/text.ts';
import { CASE_EVENTS, type CaseEvent } from './clock-kind.ts';
import { backDating } from './clock-record.ts';

/** Something that has happened in a case. */
export const newCaseEventSchema = z
  .strictObject({
    subject: lineText(200).describe('The case, such as the number of an incident; its clocks have it as their subject'),
    event: z.enum(CASE_EVENTS).describe('What has happened; each but update happens once'),
    severity: z.enum(SEVERITIES).optional().describe('Of the notification, and only of that: whose targets hold'),
    serviceId: z.uuid().toLowerCase().optional().describe('Of the notification: the service that is concerned'),
    calendarId: z
      .uuid()
      .toLowerCase()
      .optional()
      .describe(
        'Of the notification: the working calendar, needed where a target counts business time or working days',
      ),
    ...backDating,
  })
  .superRefine(({ event, severity, serviceId, calendarId }, context) => {
    const issue = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    if (event === 'notification') {
      if (severity === undefined) issue('severity', 'must be stated with the notification');
      return;
    }
    for (const [field, value] of Object.entries({ severity, serviceId, calendarId }))
      if (value !== undefined) issue(field, 'is stated with the notification, and holds for the whole case');
  });

export type NewCaseEvent = z.infer<typeof newCaseEventSchema>;

/** What was recorded of a case. */
export interface CaseEventRecord {
  readonly id: string;
  readonly subject: string;
  readonly event: CaseEvent;
  readonly severity: Severity;
  readonly serviceId: string | null;
  readonly calendarId: string | null;
  /** Of the notification: it holds for all clocks of the case. */
  readonly policyVersion: number;
  readonly atMs: number;
  readonly lateBecause: string | null;
  readonly by: string;
}
