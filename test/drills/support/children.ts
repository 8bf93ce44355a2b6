import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach } from 'vitest';
import type { ChildOrders } from './drill-child.ts';

/** A process that carries a run out. */
export interface DrillChild {
  readonly pid: number;
  /** Resolves when the child has printed this line; rejects when it ends without it. */
  reached(line: string): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Kills it and waits until it is gone. */
  kill(): Promise<void>;
  readonly ended: Promise<void>;
}

/** Starts children that do not outlive the test. */
export function useChildren(): (orders: ChildOrders) => DrillChild {
  const children: ChildProcess[] = [];
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });
  return (orders) => {
    const script = join(import.meta.dirname, 'drill-child.ts');
    const child = spawn(process.execPath, [script, JSON.stringify(orders)], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    return watch(child);
  };
}

function watch(child: ChildProcess): DrillChild {
  const lines = new Set<string>();
  const waiting = new Map<string, () => void>();
  if (!child.stdout || child.pid === undefined) throw new Error('the child did not start');
  const output = createInterface({ input: child.stdout });
  output.on('line', (line) => {
    lines.add(line);
    waiting.get(line)?.();
  });
  const ended = once(child, 'exit').then(() => {});
  return {
    pid: child.pid,
    ended,
    async reached(line) {
      if (lines.has(line)) return;
      const seen = new Promise<void>((resolve) => waiting.set(line, resolve));
      const lost = ended.then(() => {
        if (!lines.has(line)) throw new Error(`the child ended before "${line}"`);
      });
      await Promise.race([seen, lost]);
    },
    signal: (signal) => child.kill(signal),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
