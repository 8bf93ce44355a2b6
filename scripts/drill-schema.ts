import { writeFile } from 'node:fs/promises';
import { drillJsonSchema } from '../src/drills/definition.ts';

// Writes the published JSON Schema of drill definitions. Run it after a change of src/drills/definition.ts:
//   node scripts/drill-schema.ts && npx biome format --write drills/drill.schema.json
const target = new URL('../drills/drill.schema.json', import.meta.url);
await writeFile(target, `${JSON.stringify(drillJsonSchema(), null, 2)}\n`);
