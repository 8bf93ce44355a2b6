import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { searchOf } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.tsx';

const index = createRoute({
  getParentRoute: () => shellRoute,
  path: '/account',
  validateSearch: searchOf({ sessionsAfter: 'text', tokensAfter: 'text' }),
  component: lazyRouteComponent(() => import('./account.page.tsx'), 'AccountPage'),
});

const password = createRoute({
  getParentRoute: () => shellRoute,
  path: '/account/password',
  component: lazyRouteComponent(() => import('./password.page.tsx'), 'PasswordPage'),
});

export const accountRoutes = [index, password] as const;
