// The static gates, each one check that passes or fails: types, format and lint, layers, dead code, generated files.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const bin = (name: string) => join(root, 'node_modules', '.bin', name);

const GATES: readonly { readonly name: string; readonly command: readonly [string, ...string[]] }[] = [
  { name: 'types (TypeScript 7)', command: [process.execPath, join(root, 'node_modules/tsc7/bin/tsc'), '--noEmit'] },
  {
    name: 'types of the console',
    command: [process.execPath, join(root, 'node_modules/tsc7/bin/tsc'), '--noEmit', '-p', join(root, 'src/console')],
  },
  { name: 'format and lint (Biome)', command: [bin('biome'), 'ci', '.'] },
  { name: 'layers (dependency-cruiser)', command: [process.execPath, join(root, 'scripts/check-layers.ts')] },
  { name: 'dead code (knip)', command: [bin('knip'), '--no-progress'] },
  { name: 'schema snapshot', command: [process.execPath, join(root, 'scripts/dump-schema.ts'), '--check'] },
  { name: 'OpenAPI document', command: [process.execPath, join(root, 'scripts/dump-openapi.ts'), '--check'] },
  { name: 'drill schema', command: [process.execPath, join(root, 'scripts/dump-drill-schema.ts'), '--check'] },
];

let failed = 0;
for (const gate of GATES) {
  const [program, ...args] = gate.command;
  const run = spawnSync(program, args, { cwd: root, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
  const ok = run.status === 0;
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${gate.name}`);
  if (!ok) {
    failed += 1;
    console.log(`${run.stdout}${run.stderr}${run.error ? run.error.message : ''}`);
  }
}
console.log(`${GATES.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
