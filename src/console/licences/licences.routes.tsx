import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { shellRoute } from '../app/shell-route.tsx';

const index = createRoute({
  getParentRoute: () => shellRoute,
  path: '/licences',
  component: lazyRouteComponent(() => import('./licences.page.tsx'), 'LicencesPage'),
});

export const licenceRoutes = [index] as const;
