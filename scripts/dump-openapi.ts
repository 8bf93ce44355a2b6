// Writes src/http/openapi.generated.json, the API as its clients see it, or with --check says whether it is up to date.
import { join } from 'node:path';
import { openApiDocument } from '../src/http/openapi.ts';
import { type RouteDependencies, routes } from '../src/routes.ts';
import { VERSION } from '../src/version.ts';
import { keepUpToDate } from './generated-file.ts';

// The document is made from the routes as data; no handler runs, so nothing that a handler needs is there.
const unused = new Proxy({}, { get: () => unused }) as RouteDependencies;
const document = openApiDocument(routes(unused), { version: VERSION });
const path = join(import.meta.dirname, '../src/http/openapi.generated.json');
await keepUpToDate(path, `${JSON.stringify(document, null, 2)}\n`, 'npm run openapi:dump');
