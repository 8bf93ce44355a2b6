import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { shellRoute } from '../app/shell-route.tsx';

const index = createRoute({
  getParentRoute: () => shellRoute,
  path: '/spares',
  component: lazyRouteComponent(() => import('./spares.page.tsx'), 'SparesPage'),
});

export const spareRoutes = [index] as const;
