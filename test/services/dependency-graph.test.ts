import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cycleThrough } from '../../src/services/dependency-graph.ts';

const graphOf = (edges: readonly (readonly [number, number])[]) => {
  const graph = new Map<string, string[]>();
  for (const [from, to] of edges) graph.set(`${from}`, [...(graph.get(`${from}`) ?? []), `${to}`]);
  return graph;
};

/** Length of the shortest way from each node to each other one by Floyd and Warshall: nothing in common with the code. */
function distances(size: number, edges: readonly (readonly [number, number])[]): number[][] {
  const row = () => Array.from({ length: size }, () => Number.POSITIVE_INFINITY);
  const length = Array.from({ length: size }, row);
  const at = (i: number, j: number) => length[i]?.[j] ?? Number.POSITIVE_INFINITY;
  const set = (i: number, j: number, value: number) => length[i]?.splice(j, 1, value);
  for (const [from, to] of edges) set(from, to, 1);
  for (let k = 0; k < size; k += 1) {
    for (let i = 0; i < size; i += 1) {
      for (let j = 0; j < size; j += 1) set(i, j, Math.min(at(i, j), at(i, k) + at(k, j)));
    }
  }
  return length;
}

const SIZE = 8;
const node = fc.integer({ min: 0, max: SIZE - 1 });
const someEdges = fc.uniqueArray(fc.tuple(node, node), { maxLength: 20, selector: ([a, b]) => `${a}>${b}` });

describe('finding a cycle through a service', () => {
  test('there is one exactly when the service can be reached from itself, and the shortest is found', () => {
    fc.assert(
      fc.property(someEdges, node, (edges, start) => {
        const cycle = cycleThrough(`${start}`, graphOf(edges));
        const shortest = distances(SIZE, edges)[start]?.[start];
        expect(cycle === undefined ? Number.POSITIVE_INFINITY : cycle.length - 1).toBe(shortest);
      }),
      { numRuns: 500 },
    );
  });

  test('what is found begins and ends at the service, follows edges, and visits nothing twice', () => {
    fc.assert(
      fc.property(someEdges, node, (edges, start) => {
        const graph = graphOf(edges);
        const cycle = cycleThrough(`${start}`, graph);
        if (!cycle) return;
        expect([cycle.at(0), cycle.at(-1)]).toEqual([`${start}`, `${start}`]);
        expect(new Set(cycle.slice(1)).size).toBe(cycle.length - 1);
        cycle.slice(1).forEach((to, index) => {
          expect(graph.get(cycle[index] ?? '')).toContain(to);
        });
      }),
      { numRuns: 500 },
    );
  });

  test('a service that names itself is a cycle of one', () => {
    expect(cycleThrough('1', graphOf([[1, 1]]))).toEqual(['1', '1']);
  });

  test('a cycle further down that does not come back is not the concern of this service', () => {
    const edges = [
      [1, 2],
      [2, 3],
      [3, 2],
    ] as const;
    expect(cycleThrough('1', graphOf(edges))).toBeUndefined();
    expect(cycleThrough('2', graphOf(edges))).toEqual(['2', '3', '2']);
  });

  test('a chain of 20,000 services is walked without running out of stack', () => {
    const chain = Array.from({ length: 20_000 }, (_, index) => [index, index + 1] as const);
    expect(cycleThrough('0', graphOf(chain))).toBeUndefined();
    expect(cycleThrough('0', graphOf([...chain, [20_000, 0]]))).toHaveLength(20_002);
  });
});
