import { z } from 'zod';
import { roleView, viewOfRole } from '../plans/response-plan.views.ts';
import type { AlertRoute, NamedRung } from './alert-route.ts';

/** A rung as the API shows it. */
export const rungView = z.object({
  afterSeconds: z.int().describe('How long after the ladder began it is told'),
  repeats: z.int().describe('How many more times it is told'),
  repeatEverySeconds: z.int(),
  roles: z.array(roleView).describe('Who is told, all of them at the same time'),
});

export const viewOfRung = ({ roles, ...rung }: NamedRung): z.input<typeof rungView> => ({
  ...rung,
  roles: roles.map(viewOfRole),
});

/** The route of a level as the API shows it. */
export const alertRouteView = z.object({
  level: z.int().describe('A higher level is more urgent'),
  levelName: z.string().nullable().describe('Null for a level that is not in use'),
  rungs: z.array(rungView).describe('In their order; none: nobody is told'),
  version: z.int().describe('Send it as If-Match with a change'),
  updatedAt: z.iso.datetime(),
});

export const viewOfAlertRoute = ({ rungs, updatedAt, ...route }: AlertRoute): z.input<typeof alertRouteView> => ({
  ...route,
  rungs: rungs.map(viewOfRung),
  updatedAt: updatedAt.toString(),
});
