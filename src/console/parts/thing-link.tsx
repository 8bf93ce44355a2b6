import { Link, useRouter } from '@tanstack/react-router';
import type { ReactNode } from 'react';

/** Where the console shows things of each kind, below their areas. */
const PLACES = {
  service: '/services/',
  drill: '/drills/definitions/',
  'drill-run': '/drills/runs/',
  'backup-set': '/backups/sets/',
  'recovery-point': '/backups/points/',
  part: '/spares/parts/',
  product: '/licences/products/',
  alert: '/alerts/',
  incident: '/incidents/',
  'sla-clock': '/incidents/clocks/',
  'sla-policy': '/settings/sla-policy/',
} as const;

export type ThingKind = keyof typeof PLACES;

/** Leads to the page of a thing; where its kind has no page of its own, to its area; else it is only its name. */
export function ThingLink({ kind, id, children }: { kind: ThingKind; id: string; children: ReactNode }) {
  const router = useRouter();
  const own = `${PLACES[kind]}${encodeURIComponent(id)}`;
  const area = `/${PLACES[kind].split('/')[1]}`;
  const to = [own, area].find((path) => {
    const [, params, found] = router.getMatchedRoutes(path);
    // The router finds the nearest route above what is not there, and calls the rest by this name.
    return found !== undefined && params['**'] === undefined;
  });
  return to === undefined ? <span>{children}</span> : <Link to={to}>{children}</Link>;
}
