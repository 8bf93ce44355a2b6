import { z } from 'zod';
import type { Schema } from './route.ts';

export type JsonSchema = Record<string, unknown>;

/** The named schemas of a document, filled while its operations are described. */
export function componentSchemas(): Record<string, JsonSchema> {
  return {};
}

/**
 * The JSON Schema of what goes over the wire: for answers too that is the schema's input, because an answer is sent as the
 * handler gives it. A schema with an id (`.meta({ id })`) becomes a component that others refer to.
 */
export function schemaOf(schema: Schema, components: Record<string, JsonSchema>): JsonSchema {
  const converted = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', override: tidy });
  const { $schema: _dialect, $defs: definitions, ...rest } = referToComponents(converted) as JsonSchema;
  Object.assign(components, definitions);
  return rest;
}

function tidy({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: JsonSchema }): void {
  // Zod leaves a default out where the value is transformed on its way in, as every number in a query string is.
  if (zodSchema instanceof z.ZodDefault) jsonSchema.default = zodSchema.def.defaultValue;
  // The format says it all; its expression is a hundred times as long.
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
}

/** The parameters that an object schema describes, one a key. */
export function parametersOf(
  schema: Schema,
  place: 'path' | 'query',
  components: Record<string, JsonSchema>,
): unknown[] {
  const { properties = {}, required = [] } = schemaOf(schema, components) as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...parameter }]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: parameter,
  }));
}

function referToComponents(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(referToComponents);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      key === '$ref' && typeof member === 'string'
        ? member.replace('#/$defs/', '#/components/schemas/')
        : referToComponents(member),
    ]),
  );
}
