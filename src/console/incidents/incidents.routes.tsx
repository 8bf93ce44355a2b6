import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { searchOf } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.tsx';
import {
  ACTION_SOURCES,
  ACTION_STATES,
  ACTS,
  CLOCK_KINDS,
  PROCESS_REVIEW_STATES,
  REVIEW_STATES,
  SEVERITIES,
  TIMELINE_KINDS,
} from './incident-data.ts';
import { incidentSearch } from './incident-search.ts';

const at = <const Path extends string>(path: Path) => ({ getParentRoute: () => shellRoute, path }) as const;

const incidents = createRoute({
  ...at('/incidents'),
  validateSearch: incidentSearch,
  component: lazyRouteComponent(() => import('./incidents.page.tsx'), 'IncidentsPage'),
});

const receive = createRoute({
  ...at('/incidents/new'),
  validateSearch: searchOf({ service: 'text' }),
  component: lazyRouteComponent(() => import('./receive.page.tsx'), 'ReceivePage'),
});

const incident = createRoute({
  ...at('/incidents/$id'),
  validateSearch: searchOf({
    tab: ['timeline', 'customer', 'review'],
    act: ACTS,
    kind: TIMELINE_KINDS,
    after: 'text',
  }),
  component: lazyRouteComponent(() => import('./incident.page.tsx'), 'IncidentPage'),
});

const clock = createRoute({
  ...at('/incidents/clocks/$id'),
  component: lazyRouteComponent(() => import('./clock.page.tsx'), 'ClockPage'),
});

const reviews = createRoute({
  ...at('/incidents/reviews'),
  validateSearch: searchOf({ state: REVIEW_STATES, after: 'text' }),
  component: lazyRouteComponent(() => import('./reviews.page.tsx'), 'ReviewsPage'),
});

const actions = createRoute({
  ...at('/incidents/actions'),
  validateSearch: searchOf({
    state: ACTION_STATES,
    source: ACTION_SOURCES,
    owner: 'text',
    overdue: ['yes'],
    after: 'text',
  }),
  component: lazyRouteComponent(() => import('./actions.page.tsx'), 'ActionsPage'),
});

const attainment = createRoute({
  ...at('/incidents/attainment'),
  validateSearch: searchOf({
    from: 'text',
    until: 'text',
    by: 'text',
    severity: SEVERITIES,
    kind: CLOCK_KINDS,
    service: 'text',
    team: 'text',
  }),
  component: lazyRouteComponent(() => import('./attainment.page.tsx'), 'AttainmentPage'),
});

const processReviews = createRoute({
  ...at('/incidents/process-reviews'),
  validateSearch: searchOf({ state: PROCESS_REVIEW_STATES, after: 'text' }),
  component: lazyRouteComponent(() => import('./process-reviews.page.tsx'), 'ProcessReviewsPage'),
});

const processReview = createRoute({
  ...at('/incidents/process-reviews/$id'),
  component: lazyRouteComponent(() => import('./process-review.page.tsx'), 'ProcessReviewPage'),
});

export const incidentRoutes = [
  incidents,
  receive,
  incident,
  clock,
  reviews,
  actions,
  attainment,
  processReviews,
  processReview,
] as const;
