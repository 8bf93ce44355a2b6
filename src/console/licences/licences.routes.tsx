import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { searchOf } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.tsx';
import { entitlementSearch, installationSearch } from './licences.words.ts';

const at = <const Path extends string>(path: Path) => ({ getParentRoute: () => shellRoute, path }) as const;

const pool = createRoute({
  ...at('/licences'),
  validateSearch: searchOf({ at: 'text', after: 'text' }),
  component: lazyRouteComponent(() => import('./pool.page.tsx'), 'PoolPage'),
});

const product = createRoute({
  ...at('/licences/products/$id'),
  component: lazyRouteComponent(() => import('./product.page.tsx'), 'ProductPage'),
});

const entitlements = createRoute({
  ...at('/licences/entitlements'),
  validateSearch: entitlementSearch,
  component: lazyRouteComponent(() => import('./entitlements.page.tsx'), 'EntitlementsPage'),
});

const entitlement = createRoute({
  ...at('/licences/entitlements/$id'),
  validateSearch: searchOf({ after: 'text' }),
  component: lazyRouteComponent(() => import('./entitlement.page.tsx'), 'EntitlementPage'),
});

const expiries = createRoute({
  ...at('/licences/expiries'),
  validateSearch: searchOf({ after: 'text' }),
  component: lazyRouteComponent(() => import('./expiries.page.tsx'), 'ExpiriesPage'),
});

const installations = createRoute({
  ...at('/licences/installations'),
  validateSearch: installationSearch,
  component: lazyRouteComponent(() => import('./installations.page.tsx'), 'InstallationsPage'),
});

const newEntitlement = createRoute({
  ...at('/licences/entitlements/new'),
  validateSearch: searchOf({ product: 'text' }),
  component: lazyRouteComponent(() => import('./entitlement-entry.page.tsx'), 'NewEntitlementPage'),
});

const editEntitlement = createRoute({
  ...at('/licences/entitlements/$id/edit'),
  component: lazyRouteComponent(() => import('./entitlement-entry.page.tsx'), 'EditEntitlementPage'),
});

export const licenceRoutes = [
  ...[pool, product, entitlements, entitlement, expiries, installations],
  ...[newEntitlement, editEntitlement],
] as const;
