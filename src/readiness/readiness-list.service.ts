import type { Queryable } from '../database/database.ts';
import type { DefinitionFile } from '../drills/definition-file.ts';
import { SEVERITIES, type Severity } from '../kernel/severity.ts';
import { type ListedService, listServices, type ServiceFilter } from '../services/service.queries.ts';
import { readinessOfServices } from './readiness.service.ts';
import type { Conclusion, ServiceReadiness } from './readiness.ts';

/** What the list is ordered by: the worst loss first, then the name. */
export type ServiceKey = readonly [criticality: Severity, nameKey: string];

/** Which services are asked about. */
type AskedServices = Pick<ServiceFilter, 'criticality' | 'ownerId' | 'dependsOn' | 'neededBy'>;

export interface ReadinessFilter extends AskedServices {
  readonly conclusion?: Conclusion | undefined;
}

/** Services in use, those whose loss is worst first, then by name; `after` continues behind a key. */
export async function servicesByCriticality(
  db: Queryable,
  { criticality, ownerId, dependsOn, neededBy }: AskedServices,
  page: { readonly limit: number; readonly after?: ServiceKey | undefined },
): Promise<ListedService[]> {
  const [from, nameKey] = page.after ?? [];
  const listed: ListedService[] = [];
  for (const severity of SEVERITIES.slice(from === undefined ? 0 : SEVERITIES.indexOf(from))) {
    if (criticality !== undefined && criticality !== severity) continue;
    const after = severity === from ? nameKey : undefined;
    const wanted = { state: 'active', criticality: severity, ownerId, dependsOn, neededBy } as const;
    listed.push(...(await listServices(db, wanted, { limit: page.limit - listed.length, after })));
    if (listed.length === page.limit) break;
  }
  return listed;
}

/** Services that one answer judges at most, and so many of them at once, when it looks for one conclusion. */
const LOOKED = { atMost: 400, atOnce: 100 } as const;

/** The answers for some services, and where to go on. */
export interface ReadinessPage {
  readonly items: readonly ServiceReadiness[];
  /** The key of the last service that was looked at; null when there is none behind it. */
  readonly next: ServiceKey | null;
}

/**
 * Services in use with whether each could be recovered at this moment. A conclusion is stored nowhere, so whoever asks for one
 * conclusion has services judged until the page is full or 400 were: it may hold fewer than were asked for although there are more.
 */
export async function readinessPage(
  db: Queryable,
  files: readonly DefinitionFile[],
  filter: ReadinessFilter,
  { limit, after: start }: { readonly limit: number; readonly after?: ServiceKey | undefined },
): Promise<ReadinessPage> {
  const items: ServiceReadiness[] = [];
  let after = start;
  for (let looked = 0; looked < LOOKED.atMost; ) {
    const batch = filter.conclusion === undefined ? limit : LOOKED.atOnce;
    const listed = await servicesByCriticality(db, filter, { limit: batch + 1, after });
    const some = listed.slice(0, batch);
    const services = some.map(({ service }) => service);
    for (const [index, one] of (await readinessOfServices(db, services, files)).entries()) {
      if (filter.conclusion === undefined || one.conclusion === filter.conclusion) items.push(one);
      after = keyOf(some[index]) ?? after;
      const isLast = index === some.length - 1 && listed.length <= batch;
      if (items.length === limit || isLast) return { items, next: isLast ? null : (after ?? null) };
    }
    if (some.length === 0) return { items, next: null };
    looked += some.length;
  }
  return { items, next: after ?? null };
}

function keyOf(listed: ListedService | undefined): ServiceKey | undefined {
  return listed && [listed.service.criticality, listed.nameKey];
}
