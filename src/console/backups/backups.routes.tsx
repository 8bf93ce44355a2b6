import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { shellRoute } from '../app/shell-route.tsx';

const index = createRoute({
  getParentRoute: () => shellRoute,
  path: '/backups',
  component: lazyRouteComponent(() => import('./backups.page.tsx'), 'BackupsPage'),
});

export const backupRoutes = [index] as const;
