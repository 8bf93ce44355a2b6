// Writes the JSON Schemas of drill definitions, which editors check against, and of drill reports, or with --check says whether
// they are up to date.
import { join } from 'node:path';
import { drillJsonSchema } from '../src/drills/definition.ts';
import { reportJsonSchema } from '../src/drills/report.ts';
import { keepUpToDate } from './generated-file.ts';

const schemas = {
  'drill.schema.json': drillJsonSchema(),
  'drill-report.schema.json': reportJsonSchema(),
};
for (const [name, schema] of Object.entries(schemas)) {
  const path = join(import.meta.dirname, '../drills', name);
  await keepUpToDate(path, `${JSON.stringify(schema, null, 2)}\n`, 'npm run drill-schema:dump');
}
