import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { searchOf } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.tsx';

const index = createRoute({
  getParentRoute: () => shellRoute,
  path: '/services',
  validateSearch: searchOf({ after: 'text' }),
  component: lazyRouteComponent(() => import('./services.page.tsx'), 'ServicesPage'),
});

const one = createRoute({
  getParentRoute: () => shellRoute,
  path: '/services/$id',
  component: lazyRouteComponent(() => import('./service.page.tsx'), 'ServicePage'),
});

const added = createRoute({
  getParentRoute: () => shellRoute,
  path: '/services/new',
  component: lazyRouteComponent(() => import('./service-entry.page.tsx'), 'NewServicePage'),
});

const changed = createRoute({
  getParentRoute: () => shellRoute,
  path: '/services/$id/edit',
  component: lazyRouteComponent(() => import('./service-entry.page.tsx'), 'EditServicePage'),
});

export const serviceRoutes = [index, one, added, changed] as const;
