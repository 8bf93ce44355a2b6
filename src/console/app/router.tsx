import { createRouter } from '@tanstack/react-router';
import { accountRoutes } from '../account/account.routes.tsx';
import { alertRoutes } from '../alerts/alerts.routes.tsx';
import { auditRoutes } from '../audit/audit.routes.tsx';
import { backupRoutes } from '../backups/backups.routes.tsx';
import { drillRoutes } from '../drills/drills.routes.tsx';
import { homeRoutes } from '../home/home.routes.tsx';
import { incidentRoutes } from '../incidents/incidents.routes.tsx';
import { licenceRoutes } from '../licences/licences.routes.tsx';
import { peopleRoutes } from '../people/people.routes.tsx';
import { responseRoutes } from '../response/response.routes.tsx';
import { serviceRoutes } from '../services/services.routes.tsx';
import { settingsRoutes } from '../settings/settings.routes.tsx';
import { spareRoutes } from '../spares/spares.routes.tsx';
import { storeroomRoutes } from '../storeroom/storeroom.routes.tsx';
import { Crashed } from './crashed.tsx';
import { parseSearch, stringifySearch } from './search.ts';
import { shellRoute } from './shell-route.tsx';

const routeTree = shellRoute.addChildren([
  ...homeRoutes,
  ...serviceRoutes,
  ...spareRoutes,
  ...storeroomRoutes,
  ...licenceRoutes,
  ...backupRoutes,
  ...drillRoutes,
  ...alertRoutes,
  ...responseRoutes,
  ...auditRoutes,
  ...incidentRoutes,
  ...peopleRoutes,
  ...settingsRoutes,
  ...accountRoutes,
]);

/** Every page of the console; the address says all that a page shows, so it can be sent to somebody. */
export const router = createRouter({
  routeTree,
  parseSearch,
  stringifySearch,
  defaultErrorComponent: Crashed,
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
