import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { searchOf } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.tsx';

const entries = createRoute({
  getParentRoute: () => shellRoute,
  path: '/audit',
  validateSearch: searchOf({
    text: 'text',
    actor: 'text',
    by: ['service', 'principals'],
    action: 'text',
    kind: 'text',
    id: 'text',
    from: 'text',
    until: 'text',
    after: 'text',
  }),
  component: lazyRouteComponent(() => import('./entries.page.tsx'), 'EntriesPage'),
});

const entry = createRoute({
  getParentRoute: () => shellRoute,
  path: '/audit/entries/$id',
  component: lazyRouteComponent(() => import('./entry.page.tsx'), 'EntryPage'),
});

const seals = createRoute({
  getParentRoute: () => shellRoute,
  path: '/audit/seals',
  component: lazyRouteComponent(() => import('./seals.page.tsx'), 'SealsPage'),
});

export const auditRoutes = [entries, entry, seals] as const;
