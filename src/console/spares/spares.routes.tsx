import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { searchOf } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.tsx';
import { DESK_MODES } from './desk.ts';
import { outSearch, partSearch, unitSearch } from './spares.search.ts';
import { LISTS_OF_PART, LISTS_OF_UNIT, UNIT_STATES } from './words.ts';

const at = <const Path extends string>(path: Path) => ({ getParentRoute: () => shellRoute, path }) as const;

const parts = createRoute({
  ...at('/spares'),
  validateSearch: partSearch,
  component: lazyRouteComponent(() => import('./parts.page.tsx'), 'PartsPage'),
});

const part = createRoute({
  ...at('/spares/parts/$id'),
  validateSearch: searchOf({ list: LISTS_OF_PART, state: UNIT_STATES, after: 'text' }),
  component: lazyRouteComponent(() => import('./part.page.tsx'), 'PartPage'),
});

const units = createRoute({
  ...at('/spares/units'),
  validateSearch: unitSearch,
  component: lazyRouteComponent(() => import('./units.page.tsx'), 'UnitsPage'),
});

const unit = createRoute({
  ...at('/spares/units/$id'),
  validateSearch: searchOf({ list: LISTS_OF_UNIT, after: 'text' }),
  component: lazyRouteComponent(() => import('./unit.page.tsx'), 'UnitPage'),
});

const locations = createRoute({
  ...at('/spares/locations'),
  validateSearch: searchOf({ at: 'text', list: ['units', 'stock'], after: 'text' }),
  component: lazyRouteComponent(() => import('./locations.page.tsx'), 'LocationsPage'),
});

const out = createRoute({
  ...at('/spares/out'),
  validateSearch: outSearch,
  component: lazyRouteComponent(() => import('./out.page.tsx'), 'OutPage'),
});

const allocation = createRoute({
  ...at('/spares/out/$id'),
  validateSearch: searchOf({ form: ['hold', 'reservation'] }),
  component: lazyRouteComponent(() => import('./allocation.page.tsx'), 'AllocationPage'),
});

const desk = createRoute({
  ...at('/spares/desk'),
  validateSearch: searchOf({ mode: DESK_MODES }),
  component: lazyRouteComponent(() => import('./desk.page.tsx'), 'DeskPage'),
});

export const spareRoutes = [parts, part, units, unit, locations, out, allocation, desk] as const;
