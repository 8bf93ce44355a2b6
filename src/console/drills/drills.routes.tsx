import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { searchOf } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.tsx';
import { PROCEDURES, STATUSES } from './drill-data.ts';

const definitions = createRoute({
  getParentRoute: () => shellRoute,
  path: '/drills',
  validateSearch: searchOf({ after: 'text' }),
  component: lazyRouteComponent(() => import('./definitions.page.tsx'), 'DefinitionsPage'),
});

const definition = createRoute({
  getParentRoute: () => shellRoute,
  path: '/drills/definitions/$name',
  validateSearch: searchOf({ start: ['yes'] }),
  component: lazyRouteComponent(() => import('./definition.page.tsx'), 'DefinitionPage'),
});

const runs = createRoute({
  getParentRoute: () => shellRoute,
  path: '/drills/runs',
  validateSearch: searchOf({ drill: 'text', status: STATUSES, procedure: PROCEDURES, after: 'text' }),
  component: lazyRouteComponent(() => import('./runs.page.tsx'), 'RunsPage'),
});

const run = createRoute({
  getParentRoute: () => shellRoute,
  path: '/drills/runs/$id',
  component: lazyRouteComponent(() => import('./run.page.tsx'), 'RunPage'),
});

const calendar = createRoute({
  getParentRoute: () => shellRoute,
  path: '/drills/calendar',
  validateSearch: searchOf({ month: 'text' }),
  component: lazyRouteComponent(() => import('./calendar.page.tsx'), 'CalendarPage'),
});

export const drillRoutes = [definitions, definition, runs, run, calendar] as const;
