import { z } from 'zod';
import { ACTION_SOURCES, ACTION_STATES, type Action } from './improvement-action.ts';

/** An action as the API shows it. */
export const actionView = z.object({
  id: z.uuid(),
  source: z.object({
    kind: z.enum(ACTION_SOURCES),
    id: z.uuid().nullable().describe('The run of a drill, or the review; null for what somebody entered by itself'),
    drill: z.string().nullable().describe('The name of the drill; null for others'),
  }),
  title: z.string(),
  note: z.string(),
  owner: z.object({
    id: z.uuid().nullable().describe('Null: the file of a drill names somebody whom nobody has registered'),
    name: z.string(),
  }),
  dueAt: z.iso.datetime(),
  state: z.enum(ACTION_STATES).describe('One of a drill is done when a later run shows that it is put right'),
  isOverdue: z.boolean(),
  end: z
    .object({
      at: z.iso.datetime(),
      outcome: z.string().nullable().describe('The proof, or why it was dropped; null for one of a drill'),
      by: z.object({ id: z.uuid(), name: z.string() }).nullable(),
      runId: z.uuid().nullable().describe('The run of a drill that has shown it'),
    })
    .nullable(),
  createdAt: z.iso.datetime(),
  version: z.int(),
});

export const viewOfAction = ({ dueAt, end, createdAt, ...action }: Action): z.input<typeof actionView> => ({
  ...action,
  dueAt: dueAt.toString(),
  end: end && { ...end, at: end.at.toString() },
  createdAt: createdAt.toString(),
});

/** For the reference. */
export const ACTION_EXAMPLE = {
  id: '019aab2c-c1a0-7c3e-9d52-6f1b0a4e8c11',
  source: { kind: 'other', id: null, drill: null },
  title: 'Order a second RAID controller',
  note: '',
  owner: { id: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d', name: 'Storage team' },
  dueAt: '2026-12-15T16:00:00Z',
  state: 'open',
  isOverdue: false,
  end: null,
  createdAt: '2026-11-22T09:30:00Z',
  version: 1,
} as const satisfies z.input<typeof actionView>;
