import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { searchOf } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.tsx';

const at = <const Path extends string>(path: Path) => ({ getParentRoute: () => shellRoute, path }) as const;

const plans = createRoute({
  ...at('/alerts/plans'),
  validateSearch: searchOf({ state: ['retired', 'all'], after: 'text' }),
  component: lazyRouteComponent(() => import('./plans.page.tsx'), 'PlansPage'),
});

const plan = createRoute({
  ...at('/alerts/plans/$id'),
  validateSearch: searchOf({ compared: 'text' }),
  component: lazyRouteComponent(() => import('./plan.page.tsx'), 'PlanPage'),
});

const onCall = createRoute({
  ...at('/alerts/on-call'),
  validateSearch: searchOf({ weeks: ['4'], after: 'text' }),
  component: lazyRouteComponent(() => import('./on-call.page.tsx'), 'OnCallPage'),
});

const rota = createRoute({
  ...at('/alerts/on-call/$id'),
  validateSearch: searchOf({ weeks: ['4'], after: 'text' }),
  component: lazyRouteComponent(() => import('./rota.page.tsx'), 'RotaPage'),
});

export const responseRoutes = [plans, plan, onCall, rota] as const;
