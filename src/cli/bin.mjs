#!/usr/bin/env node
// The `muster` command in plain JavaScript: whatever Node the machine has starts it, and it goes on under Node 24 of the
// npm package `node`.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { currentBundle } from '../bundle.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

if (Number(process.versions.node.split('.')[0]) >= 24) {
  // Modules are compiled once: a command starts in half the time. Threads look into the environment.
  process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules', '.cache', 'muster');
  module.enableCompileCache?.();
  const bundle = currentBundle();
  const program = bundle ? pathToFileURL(join(bundle, 'cli-run-cli.js')).href : './run-cli.ts';
  const { runCli } = await import(program);
  process.exitCode = await runCli(process.argv.slice(2));
} else {
  const node = join(root, 'node_modules', '.bin', 'node');
  if (!existsSync(node)) {
    process.stderr.write(
      'muster: the packages are not installed: run `npm start` (or `npm ci`) in the checkout first.\n',
    );
    process.exit(1);
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1)));
}
