import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { shellRoute } from '../app/shell-route.tsx';

const index = createRoute({
  getParentRoute: () => shellRoute,
  path: '/services',
  component: lazyRouteComponent(() => import('./services.page.tsx'), 'ServicesPage'),
});

export const serviceRoutes = [index] as const;
