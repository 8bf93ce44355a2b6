import { z } from 'zod';
import { pointSchema } from '../backup.views.ts';
import type { PlanLine } from './retention-plan.ts';
import { RETENTION_ACTIONS } from './retention-planner.ts';

export const planLineSchema = pointSchema
  .pick({ name: true, takenAt: true, sizeBytes: true, own: true, state: true, verdict: true })
  .extend({
    pointId: z.uuid(),
    action: z
      .enum(RETENTION_ACTIONS)
      .describe('It stays; it goes; it would go, had Muster taken it; that was decided before'),
    reason: z.string().describe('Why, for people: the places that it fills, or who has them'),
  });

export function planLineView({ point, action, reason }: PlanLine): z.input<typeof planLineSchema> {
  const { id, name, own, state, sizeBytes, takenAt, verdict = null } = point;
  return { pointId: id, name, own, state, sizeBytes, takenAt: takenAt.toString(), verdict, action, reason };
}
