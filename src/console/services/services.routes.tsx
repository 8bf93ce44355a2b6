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

export const serviceRoutes = [index, one] as const;
