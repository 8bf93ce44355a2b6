import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { searchOf } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.tsx';

const index = createRoute({
  getParentRoute: () => shellRoute,
  path: '/',
  validateSearch: searchOf({
    conclusion: ['ready', 'not-ready', 'not-assessed'],
    criticality: ['emergency', 'important', 'general'],
    after: 'text',
  }),
  component: lazyRouteComponent(() => import('./home.page.tsx'), 'HomePage'),
});

export const homeRoutes = [index] as const;
