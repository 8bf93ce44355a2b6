import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { searchOf } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.tsx';
import { DIFFERENCE_KINDS, STOCKTAKE_STATES } from './words.ts';

const at = <const Path extends string>(path: Path) => ({ getParentRoute: () => shellRoute, path }) as const;

const storeroom = createRoute({
  ...at('/storeroom'),
  beforeLoad: () => {
    throw redirect({ to: '/storeroom/stocktakes' });
  },
});

const stocktakes = createRoute({
  ...at('/storeroom/stocktakes'),
  validateSearch: searchOf({ state: STOCKTAKE_STATES, after: 'text' }),
  component: lazyRouteComponent(() => import('./stocktakes.page.tsx'), 'StocktakesPage'),
});

const stocktake = createRoute({
  ...at('/storeroom/stocktakes/$id'),
  validateSearch: searchOf({ list: ['scans', 'left', 'places', 'counts'], kind: DIFFERENCE_KINDS, after: 'text' }),
  component: lazyRouteComponent(() => import('./stocktake.page.tsx'), 'StocktakePage'),
});

export const storeroomRoutes = [storeroom, stocktakes, stocktake] as const;
