// Writes src/http/openapi.generated.json, the API as its clients see it, and the types of the console's client that follow
// from it; or with --check says whether both are up to date.
import { join } from 'node:path';
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { openApiDocument } from '../src/http/openapi.ts';
import { type RouteDependencies, routes } from '../src/routes.ts';
import { VERSION } from '../src/version.ts';
import { keepUpToDate } from './generated-file.ts';

// The document is made from the routes as data; no handler runs, so nothing that a handler needs is there.
const unused = new Proxy({}, { get: () => unused }) as RouteDependencies;
const document = openApiDocument(routes(unused), { version: VERSION });
const source = join(import.meta.dirname, '../src');
const command = 'npm run openapi:dump';
await keepUpToDate(join(source, 'http/openapi.generated.json'), `${JSON.stringify(document, null, 2)}\n`, command);
const types = astToString(await openapiTS(withoutProse(document) as OpenAPI3));
await keepUpToDate(join(source, 'console/api/api.generated.d.ts'), types.replaceAll(/ {4}/g, ' '), command);

/** The document without what is only for reading: the types are a third of the size. */
function withoutProse(value: unknown, insideProperties = false): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutProse(item));
  if (typeof value !== 'object' || value === null) return value;
  const prose = ['description', 'summary', 'example', 'examples', 'default', 'format', 'title', 'x-permission'];
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => insideProperties || !prose.includes(key))
      .map(([key, inner]) => [key, withoutProse(inner, key === 'properties')]),
  );
}
