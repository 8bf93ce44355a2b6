import { z } from 'zod';
import { SEVERITIES } from '../kernel/severity.ts';
import { INCIDENT_REVIEW_STATES, type IncidentReview } from './incident-review.ts';

const named = z.object({ id: z.uuid(), name: z.string() });

/** A review as the API shows it. */
export const incidentReviewView = z.object({
  id: z.uuid(),
  incident: z.object({ id: z.uuid(), number: z.string(), title: z.string(), severity: z.enum(SEVERITIES) }),
  state: z.enum(INCIDENT_REVIEW_STATES),
  cause: z.string(),
  factors: z.string(),
  wentWell: z.string(),
  wentBadly: z.string(),
  timeline: z.array(z.object({ at: z.string(), text: z.string() })),
  author: named,
  writers: z.array(named).describe('Everybody who has written something of it'),
  approval: z
    .object({
      by: named,
      at: z.iso.datetime(),
      sha256: z.string().describe('Of what was approved; the audit trail has it too'),
    })
    .nullable(),
  createdAt: z.iso.datetime(),
  version: z.int(),
});

export const viewOfIncidentReview = (review: IncidentReview): z.input<typeof incidentReviewView> => ({
  ...review,
  timeline: [...review.timeline],
  writers: [...review.writers],
  approval: review.approval && { ...review.approval, at: review.approval.at.toString() },
  createdAt: review.createdAt.toString(),
});

const AUTHOR = { id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c12', name: 'Duty technician' };

/** For the reference. */
export const INCIDENT_REVIEW_EXAMPLE: z.input<typeof incidentReviewView> = {
  id: '019aab2c-e3c2-7c3e-9d52-6f1b0a4e8c11',
  incident: {
    id: '019aab2c-e3c2-7c3e-9d52-6f1b0a4e8c10',
    number: 'INC-2026-000001',
    title: 'The order database does not answer',
    severity: 'emergency',
  },
  state: 'draft',
  cause: 'The controller failed, and its spare was in repair',
  factors: 'The alert of the array went to a mailbox that nobody reads',
  wentWell: 'The restore took 40 minutes, as rehearsed',
  wentBadly: 'The spare came after three hours',
  timeline: [{ at: '2026-11-22T09:30:00.000Z', text: 'receive' }],
  author: AUTHOR,
  writers: [AUTHOR],
  approval: null,
  createdAt: '2026-11-23T09:30:00Z',
  version: 1,
};
