import type { Route } from './route.ts';

/**
 * The routes by path, in the order in which paths are tried: a fixed segment before a parameter in the same place, so
 * that `/drills/runs` is never taken for a drill named `runs`, whatever the order of the list.
 * @throws Error when two routes share method and path, or one place has parameters of two names.
 */
export function inMatchingOrder(routes: readonly Route[]): Map<string, Route[]> {
  const byPath = Map.groupBy(routes, (route) => route.path);
  for (const [path, group] of byPath) {
    const methods = group.map((route) => route.method);
    if (new Set(methods).size < methods.length) throw new Error(`two routes for the same method at ${path}`);
  }
  const shapes = [...byPath.keys()].map((path) => path.replaceAll(/\{[^}]*\}/g, '{}'));
  const twice = shapes.find((shape, index) => shapes.indexOf(shape) !== index);
  if (twice) throw new Error(`two paths of the shape ${twice} with different parameter names`);
  return new Map([...byPath].toSorted(([a], [b]) => compareSpecificity(a, b)));
}

function compareSpecificity(a: string, b: string): number {
  const left = a.split('/');
  const right = b.split('/');
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = Number(left[index]?.startsWith('{')) - Number(right[index]?.startsWith('{'));
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
