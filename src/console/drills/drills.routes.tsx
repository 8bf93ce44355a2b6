import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { shellRoute } from '../app/shell-route.tsx';

const index = createRoute({
  getParentRoute: () => shellRoute,
  path: '/drills',
  component: lazyRouteComponent(() => import('./drills.page.tsx'), 'DrillsPage'),
});

export const drillRoutes = [index] as const;
