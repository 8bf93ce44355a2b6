import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { searchOf } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.tsx';

const list = createRoute({
  getParentRoute: () => shellRoute,
  path: '/people',
  validateSearch: searchOf({ state: ['active', 'disabled', 'all'], after: 'text' }),
  component: lazyRouteComponent(() => import('./people.page.tsx'), 'PeoplePage'),
});

const added = createRoute({
  getParentRoute: () => shellRoute,
  path: '/people/new',
  component: lazyRouteComponent(() => import('./new-person.page.tsx'), 'NewPersonPage'),
});

const one = createRoute({
  getParentRoute: () => shellRoute,
  path: '/people/$id',
  component: lazyRouteComponent(() => import('./person.page.tsx'), 'PersonPage'),
});

const changed = createRoute({
  getParentRoute: () => shellRoute,
  path: '/people/$id/edit',
  component: lazyRouteComponent(() => import('./edit-person.page.tsx'), 'EditPersonPage'),
});

export const peopleRoutes = [list, added, one, changed] as const;
