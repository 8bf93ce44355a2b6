import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { searchOf } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.tsx';

const at = <const Path extends string>(path: Path) => ({ getParentRoute: () => shellRoute, path }) as const;

const alerts = createRoute({
  ...at('/alerts'),
  validateSearch: searchOf({
    state: ['closed', 'all'],
    level: ['1', '2', '3', '4'],
    service: 'text',
    rule: 'text',
    after: 'text',
  }),
  component: lazyRouteComponent(() => import('./alerts.page.tsx'), 'AlertsListPage'),
});

const alert = createRoute({
  ...at('/alerts/$id'),
  component: lazyRouteComponent(() => import('./alert.page.tsx'), 'AlertPage'),
});

const silences = createRoute({
  ...at('/alerts/silences'),
  validateSearch: searchOf({ state: ['all'], after: 'text' }),
  component: lazyRouteComponent(() => import('./silences.page.tsx'), 'SilencesPage'),
});

const rules = createRoute({
  ...at('/alerts/rules'),
  validateSearch: searchOf({ state: ['retired', 'all'], after: 'text' }),
  component: lazyRouteComponent(() => import('./rules.page.tsx'), 'RulesPage'),
});

const rule = createRoute({
  ...at('/alerts/rules/$id'),
  component: lazyRouteComponent(() => import('./rule.page.tsx'), 'RulePage'),
});

export const alertRoutes = [alerts, alert, silences, rules, rule] as const;
