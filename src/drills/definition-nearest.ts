import { drillJsonSchema } from './definition.ts';

/** The part of JSON Schema that this module walks. */
interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  /** Of a map of free keys: what each of them holds. */
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly oneOf?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
}

let schemaMade: SchemaNode | undefined;

/** Made for the first mistake in a file: whoever makes none need not wait for it. */
function wholeSchema(): SchemaNode {
  schemaMade ??= drillJsonSchema() as SchemaNode;
  return schemaMade;
}

/** The keys that a definition may have at `path`; `value` is the whole document and decides between kinds of step. */
export function keysKnownAt(value: unknown, path: readonly PropertyKey[]): string[] {
  return Object.keys(schemaAt(value, path)?.properties ?? {});
}

/** The values that a definition may have at `path`, where they can be listed: an enum, or the names of the kinds of step. */
export function valuesKnownAt(value: unknown, path: readonly PropertyKey[]): string[] {
  const here = schemaAt(value, path);
  if (here?.enum !== undefined) return here.enum.map(String);
  if (here?.const !== undefined && path.length <= 1) return [String(here.const)];
  const last = path.at(-1);
  if (last === undefined) return [];
  const around = bare(value, path.slice(0, -1));
  const branches = around?.oneOf ?? around?.anyOf ?? [];
  return branches
    .map((branch) => branch.properties?.[String(last)]?.const)
    .filter((name) => name !== undefined)
    .map(String);
}

/** The schema at `path`, with the branch chosen that the value's discriminating constant names. */
function schemaAt(value: unknown, path: readonly PropertyKey[]): SchemaNode | undefined {
  return chosen(bare(value, path), valueAt(value, path));
}

function bare(value: unknown, path: readonly PropertyKey[]): SchemaNode | undefined {
  let schema: SchemaNode | undefined = wholeSchema();
  let here = value;
  for (const part of path) {
    const branch: SchemaNode | undefined = chosen(schema, here);
    schema = typeof part === 'number' ? branch?.items : propertyOf(branch, String(part));
    here = valueAt(here, [part]);
  }
  return schema;
}

function propertyOf(schema: SchemaNode | undefined, key: string): SchemaNode | undefined {
  const { properties, additionalProperties: others } = schema ?? {};
  return properties?.[key] ?? (typeof others === 'object' ? others : undefined);
}

function chosen(schema: SchemaNode | undefined, value: unknown): SchemaNode | undefined {
  const branches = schema?.oneOf ?? schema?.anyOf;
  if (branches === undefined) return schema;
  return branches.find((branch) =>
    Object.entries(branch.properties ?? {}).some(
      ([key, property]) => property.const !== undefined && property.const === valueAt(value, [key]),
    ),
  );
}

/** What stands at `path` in a parsed document; undefined when nothing does. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, part) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[part] : undefined,
    value,
  );
}
