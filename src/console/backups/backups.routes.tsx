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
    tab: ['points', 'checks', 'captures', 'reports', 'retention'],
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

export const backupRoutes = [index, set, point, repository] as const;
