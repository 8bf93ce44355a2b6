import { runCli } from './cli/run-cli.ts';

// `npm start` runs the service; the `muster` command has everything else.
process.exitCode = await runCli(['serve', ...process.argv.slice(2)]);
