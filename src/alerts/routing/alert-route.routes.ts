import { z } from 'zod';
import { queryInteger } from '../../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../../http/route.ts';
import { routesOfLevels } from './alert-route.queries.ts';
import { replaceRoute } from './alert-route.service.ts';
import { alertRouteView, viewOfAlertRoute } from './alert-route.views.ts';
import { rungsSchema } from './ladder.ts';

/** Who is told of alerts of each level, and who next. */
export const alertRouteRoutes = (): Route[] => [list, replace];

const common = { tag: 'alerts' } as const;

const BODY: { rungs: z.input<typeof rungsSchema> } = {
  rungs: [
    { afterSeconds: 0, repeats: 1, repeatEverySeconds: 900, roles: [{ kind: 'on-duty' }] },
    { afterSeconds: 3600, roles: [{ kind: 'supervisor' }] },
  ],
};

const EXAMPLE: z.input<typeof alertRouteView> = {
  level: 2,
  levelName: 'warning',
  rungs: [
    { afterSeconds: 0, repeats: 1, repeatEverySeconds: 900, roles: [{ kind: 'on-duty' }] },
    { afterSeconds: 3600, repeats: 0, repeatEverySeconds: 600, roles: [{ kind: 'supervisor' }] },
  ],
  version: 1,
  updatedAt: '2026-11-22T09:30:00Z',
};

const list = defineRead({
  ...common,
  path: '/alert-routing',
  operationId: 'listAlertRoutes',
  summary: 'Who is told of an alert of each level, and who next when nobody acknowledges it; by level',
  permission: 'alert.read',
  response: z.object({ routes: z.array(alertRouteView) }),
  examples: { response: { routes: [EXAMPLE] } },
  handle: async ({ db }) => ({ body: { routes: (await routesOfLevels(db)).map(viewOfAlertRoute) } }),
});

const replace = defineWrite({
  ...common,
  method: 'put',
  path: '/alert-routing/{level}',
  operationId: 'replaceAlertRoute',
  summary: 'Replace the rungs of a level; alerts that are open keep the ladder that they opened with',
  permission: 'alert.write',
  errors: ['no-such-alert-route', 'stale-alert-route', 'unsuitable-alert-route'],
  ifMatch: true,
  params: z.strictObject({ level: queryInteger({ min: 1, max: 4 }).describe('The level') }),
  body: z.strictObject({ rungs: rungsSchema.describe('In their order; none: nobody is told') }),
  response: alertRouteView,
  examples: { body: BODY, response: { ...EXAMPLE, version: 2 } },
  handle: async (request) => {
    const target = { level: request.params.level, expectedVersion: request.expectedVersion };
    const route = await replaceRoute(request.tx, request, target, request.body.rungs);
    return { body: viewOfAlertRoute(route), version: route.version };
  },
});
