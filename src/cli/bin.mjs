#!/usr/bin/env node
// The `muster` command in plain JavaScript: whatever Node the machine has starts it, and it goes on under Node 24 of the
// npm package `node`.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

if (Number(process.versions.node.split('.')[0]) >= 24) {
  // Types are stripped and modules compiled once: a command starts in half the time. Threads look into the environment.
  process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules', '.cache', 'muster');
  module.enableCompileCache?.();
  await import('./muster.ts');
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
