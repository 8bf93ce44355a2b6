import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { searchOf } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.tsx';
import {
  DIFFERENCE_KINDS,
  IMPORT_KINDS,
  IMPORT_OUTCOMES,
  LABEL_FORMATS,
  LABELLED,
  STOCKTAKE_STATES,
  SYMBOLOGIES,
} from './words.ts';

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

const imports = createRoute({
  ...at('/storeroom/imports'),
  validateSearch: searchOf({ kind: IMPORT_KINDS, after: 'text' }),
  component: lazyRouteComponent(() => import('./imports.page.tsx'), 'ImportsPage'),
});

const oneImport = createRoute({
  ...at('/storeroom/imports/$id'),
  validateSearch: searchOf({ outcome: IMPORT_OUTCOMES, after: 'text' }),
  component: lazyRouteComponent(() => import('./import.page.tsx'), 'ImportPage'),
});

const exports = createRoute({
  ...at('/storeroom/exports'),
  component: lazyRouteComponent(() => import('./exports.page.tsx'), 'ExportsPage'),
});

const labels = createRoute({
  ...at('/storeroom/labels'),
  validateSearch: searchOf({
    of: LABELLED,
    ids: 'text',
    at: 'text',
    format: LABEL_FORMATS,
    code: SYMBOLOGIES,
    skip: 'text',
  }),
  component: lazyRouteComponent(() => import('./labels.page.tsx'), 'LabelsPage'),
});

export const storeroomRoutes = [storeroom, stocktakes, stocktake, imports, oneImport, exports, labels] as const;
