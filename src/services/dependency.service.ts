import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { cycleThrough } from './dependency-graph.ts';
import { dependenciesBelow, suitableDependencies } from './service.queries.ts';
import { setDependencies } from './service.store.ts';

/**
 * Sets what a service depends on. The caller holds `lockServiceGraph`, so nothing moves between the look and the write.
 * @throws AppError `unprocessable` `unsuitable-dependency` (not there, or retired) or `dependency-cycle`, which names the
 *   services along the cycle.
 */
export async function replaceDependencies(
  tx: Tx,
  service: { readonly id: string; readonly name: string },
  dependencies: readonly string[],
): Promise<void> {
  await requireSuitable(tx, dependencies);
  await requireNoCycle(tx, service, dependencies);
  await setDependencies(tx, service.id, dependencies);
}

async function requireSuitable(tx: Tx, dependencies: readonly string[]): Promise<void> {
  const suitable = new Set(await suitableDependencies(tx, dependencies));
  const index = dependencies.findIndex((id) => !suitable.has(id));
  if (index < 0) return;
  throw new AppError(
    'unprocessable',
    'unsuitable-dependency',
    `A service can depend on services in use only: ${dependencies[index]} is none`,
    { fields: [{ field: `#/dependencies/${index}`, message: 'must be the id of a service in use' }] },
  );
}

async function requireNoCycle(
  tx: Tx,
  service: { readonly id: string; readonly name: string },
  dependencies: readonly string[],
): Promise<void> {
  const names = new Map<string, string>();
  const edges = new Map<string, string[]>();
  for (const { serviceId, serviceName, dependsOnId } of await dependenciesBelow(tx, dependencies)) {
    names.set(serviceId, serviceName);
    if (dependsOnId !== null) edges.set(serviceId, [...(edges.get(serviceId) ?? []), dependsOnId]);
  }
  names.set(service.id, service.name);
  edges.set(service.id, [...dependencies]);
  const cycle = cycleThrough(service.id, edges);
  if (!cycle) return;
  const path = cycle.map((id) => names.get(id) ?? id).join(' > ');
  throw new AppError('unprocessable', 'dependency-cycle', `${service.name} would depend on itself: ${path}`, {
    fields: [{ field: `#/dependencies/${dependencies.indexOf(cycle[1] ?? '')}`, message: `closes the cycle ${path}` }],
  });
}
