import { z } from 'zod';

interface Address {
  readonly path: string;
  readonly operationId: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
}

/**
 * A route's definition with both its schemas: without one, nothing may be given.
 * @throws Error when the parameters are not exactly the braces of the path.
 */
export function addressed<Definition extends Address>(definition: Definition) {
  const params: z.ZodType = definition.params ?? z.strictObject({});
  const declared = params instanceof z.ZodObject ? Object.keys(params.shape) : [];
  if (pathParameters(definition.path).toSorted().join() !== declared.toSorted().join()) {
    throw new Error(`${definition.operationId}: params must be an object schema with exactly the braces of the path`);
  }
  const query: z.ZodType = definition.query ?? z.strictObject({});
  return { ...definition, params, query };
}

/** The names in braces, in order: `/services/{id}/points/{pointId}` has `id` and `pointId`. */
function pathParameters(path: string): string[] {
  return [...path.matchAll(/\{([^}]*)\}/g)].map((match) => match[1] ?? '');
}
