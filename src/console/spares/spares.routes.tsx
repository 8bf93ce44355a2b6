import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { searchOf } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.tsx';
import { DESK_MODES } from './desk.ts';
import { outSearch, partSearch, unitSearch } from './spares.search.ts';
import { LIFE_STATES, LISTS_OF_PART, LISTS_OF_UNIT, UNIT_STATES } from './words.ts';

const at = <const Path extends string>(path: Path) => ({ getParentRoute: () => shellRoute, path }) as const;

const parts = createRoute({
  ...at('/spares'),
  validateSearch: partSearch,
  component: lazyRouteComponent(() => import('./parts.page.tsx'), 'PartsPage'),
});

const newPart = createRoute({
  ...at('/spares/parts/new'),
  component: lazyRouteComponent(() => import('./part-entry.page.tsx'), 'NewPartPage'),
});

const editPart = createRoute({
  ...at('/spares/parts/$id/edit'),
  component: lazyRouteComponent(() => import('./part-entry.page.tsx'), 'EditPartPage'),
});

const categories = createRoute({
  ...at('/spares/categories'),
  validateSearch: searchOf({ after: 'text' }),
  component: lazyRouteComponent(() => import('./categories.page.tsx'), 'CategoriesPage'),
});

const receive = createRoute({
  ...at('/spares/receive'),
  validateSearch: searchOf({ part: 'text', at: 'text' }),
  component: lazyRouteComponent(() => import('./receive.page.tsx'), 'ReceivePage'),
});

const editUnit = createRoute({
  ...at('/spares/units/$id/edit'),
  component: lazyRouteComponent(() => import('./unit-entry.page.tsx'), 'EditUnitPage'),
});

const newLocation = createRoute({
  ...at('/spares/locations/new'),
  validateSearch: searchOf({ in: 'text' }),
  component: lazyRouteComponent(() => import('./location-entry.page.tsx'), 'NewLocationPage'),
});

const editLocation = createRoute({
  ...at('/spares/locations/$id/edit'),
  component: lazyRouteComponent(() => import('./location-entry.page.tsx'), 'EditLocationPage'),
});

const kits = createRoute({
  ...at('/spares/kits'),
  validateSearch: searchOf({ after: 'text' }),
  component: lazyRouteComponent(() => import('./kits.page.tsx'), 'KitsPage'),
});

const newKit = createRoute({
  ...at('/spares/kits/new'),
  component: lazyRouteComponent(() => import('./kit-entry.page.tsx'), 'NewKitPage'),
});

const editKit = createRoute({
  ...at('/spares/kits/$id/edit'),
  component: lazyRouteComponent(() => import('./kit-entry.page.tsx'), 'EditKitPage'),
});

const projects = createRoute({
  ...at('/spares/projects'),
  validateSearch: searchOf({ state: LIFE_STATES, after: 'text' }),
  component: lazyRouteComponent(() => import('./projects.page.tsx'), 'ProjectsPage'),
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

const entry = [newPart, editPart, receive, editUnit, newLocation, editLocation, newKit, editKit] as const;

export const spareRoutes = [
  ...[parts, part, categories, units, unit, locations, out, allocation, desk, kits, projects],
  ...entry,
] as const;
