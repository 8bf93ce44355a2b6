import module from 'node:module';
import { join } from 'node:path';

// Types are stripped and modules compiled once: later starts are faster. Threads look into the environment.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '..', 'node_modules', '.cache', 'muster');
module.enableCompileCache();
const { runCli } = await import('./cli/run-cli.ts');

// `npm start` runs the service; the `muster` command has everything else.
process.exitCode = await runCli(['serve', ...process.argv.slice(2)]);
