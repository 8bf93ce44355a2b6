import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { searchOf } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.tsx';

const schedules = createRoute({
  getParentRoute: () => shellRoute,
  path: '/settings/schedules',
  validateSearch: searchOf({ after: 'text' }),
  component: lazyRouteComponent(() => import('./schedules.page.tsx'), 'SchedulesPage'),
});

const schedule = createRoute({
  getParentRoute: () => shellRoute,
  path: '/settings/schedules/$id',
  validateSearch: searchOf({ edit: ['timing', 'pause'], after: 'text' }),
  component: lazyRouteComponent(() => import('./schedule.page.tsx'), 'SchedulePage'),
});

const job = createRoute({
  getParentRoute: () => shellRoute,
  path: '/settings/jobs/$id',
  component: lazyRouteComponent(() => import('./job.page.tsx'), 'JobPage'),
});

const index = createRoute({
  getParentRoute: () => shellRoute,
  path: '/settings',
  component: lazyRouteComponent(() => import('./settings.page.tsx'), 'SettingsIndexPage'),
});

export const settingsRoutes = [index, schedules, schedule, job] as const;
