// Writes drills/drill.schema.json, which editors check drill definitions against, or with --check says whether it is up to date.
import { join } from 'node:path';
import { drillJsonSchema } from '../src/drills/definition.ts';
import { keepUpToDate } from './generated-file.ts';

const path = join(import.meta.dirname, '../drills/drill.schema.json');
await keepUpToDate(path, `${JSON.stringify(drillJsonSchema(), null, 2)}\n`, 'npm run drill-schema:dump');
