/** Who depends on whom: from a service's id to the ids of the services that it needs. */
export type DependencyEdges = ReadonlyMap<string, readonly string[]>;

/**
 * The shortest way from a service back to itself along its dependencies, both ends included (`[a, b, a]`), or undefined
 * when there is none. Other cycles in the graph are not its concern. Visits each edge once.
 */
export function cycleThrough(start: string, edges: DependencyEdges): string[] | undefined {
  const cameFrom = new Map<string, string>();
  let frontier = [start];
  while (frontier.length > 0) {
    const next: string[] = [];
    for (const from of frontier) {
      for (const to of edges.get(from) ?? []) {
        if (to === start) return [...wayTo(from, cameFrom), start];
        if (cameFrom.has(to)) continue;
        cameFrom.set(to, from);
        next.push(to);
      }
    }
    frontier = next;
  }
  return undefined;
}

/** From the start, which nothing came from, to `end`. */
function wayTo(end: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const way = [end];
  for (let at = cameFrom.get(end); at !== undefined; at = cameFrom.get(at)) way.push(at);
  return way.reverse();
}
