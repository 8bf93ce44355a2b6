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

const policy = createRoute({
  getParentRoute: () => shellRoute,
  path: '/settings/sla-policy',
  validateSearch: searchOf({ proposals: 'text' }),
  component: lazyRouteComponent(() => import('./policy.page.tsx'), 'PolicyPage'),
});

const policyVersion = createRoute({
  getParentRoute: () => shellRoute,
  path: '/settings/sla-policy/$version',
  component: lazyRouteComponent(() => import('./policy-version.page.tsx'), 'PolicyVersionPage'),
});

const index = createRoute({
  getParentRoute: () => shellRoute,
  path: '/settings',
  component: lazyRouteComponent(() => import('./settings.page.tsx'), 'SettingsIndexPage'),
});

export const settingsRoutes = [index, policy, policyVersion, schedules, schedule, job] as const;
