import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { searchOf } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.tsx';

const index = createRoute({
  getParentRoute: () => shellRoute,
  path: '/backups',
  validateSearch: searchOf({ tab: ['sets', 'repositories'], after: 'text' }),
  component: lazyRouteComponent(() => import('./backups.page.tsx'), 'BackupsPage'),
});

const set = createRoute({
  getParentRoute: () => shellRoute,
  path: '/backups/sets/$id',
  validateSearch: searchOf({
    tab: ['points', 'checks', 'captures', 'reports', 'pings', 'retention'],
    removed: ['shown'],
    after: 'text',
  }),
  component: lazyRouteComponent(() => import('./set.page.tsx'), 'SetPage'),
});

const point = createRoute({
  getParentRoute: () => shellRoute,
  path: '/backups/points/$id',
  validateSearch: searchOf({ after: 'text' }),
  component: lazyRouteComponent(() => import('./point.page.tsx'), 'PointPage'),
});

const repository = createRoute({
  getParentRoute: () => shellRoute,
  path: '/backups/repositories/$id',
  validateSearch: searchOf({ after: 'text' }),
  component: lazyRouteComponent(() => import('./repository.page.tsx'), 'RepositoryPage'),
});

const newSet = createRoute({
  getParentRoute: () => shellRoute,
  path: '/backups/sets/new',
  validateSearch: searchOf({ repository: 'text' }),
  component: lazyRouteComponent(() => import('./set-entry.page.tsx'), 'NewSetPage'),
});

const newCapturedSet = createRoute({
  getParentRoute: () => shellRoute,
  path: '/backups/captured-sets/new',
  validateSearch: searchOf({ repository: 'text' }),
  component: lazyRouteComponent(() => import('./new-captured-set.page.tsx'), 'NewCapturedSetPage'),
});

const editSet = createRoute({
  getParentRoute: () => shellRoute,
  path: '/backups/sets/$id/edit',
  component: lazyRouteComponent(() => import('./set-entry.page.tsx'), 'EditSetPage'),
});

const newRepository = createRoute({
  getParentRoute: () => shellRoute,
  path: '/backups/repositories/new',
  component: lazyRouteComponent(() => import('./repository-entry.page.tsx'), 'NewRepositoryPage'),
});

const editRepository = createRoute({
  getParentRoute: () => shellRoute,
  path: '/backups/repositories/$id/edit',
  component: lazyRouteComponent(() => import('./repository-entry.page.tsx'), 'EditRepositoryPage'),
});

const entry = [newSet, newCapturedSet, editSet, newRepository, editRepository] as const;

export const backupRoutes = [index, set, point, repository, ...entry] as const;
