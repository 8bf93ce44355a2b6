import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';
import type { ConnectionSettings } from '../../src/database/connection.ts';

const SCRIPT = fileURLToPath(import.meta.resolve('./processes/replica.ts'));

export interface ReplicaOptions {
  readonly service: ConnectionSettings;
  readonly skewSeconds?: number;
  readonly ticks?: boolean;
  readonly works?: boolean;
  /** Its jobs never end. */
  readonly hangs?: boolean;
}

export interface Replica {
  readonly pid: number;
  /** Resolves when this line has been printed. */
  printed(line: string): Promise<void>;
  /** Ends it as a power failure would. */
  kill(): Promise<void>;
  /** Ends it in order; answers its exit status. */
  stop(): Promise<number | null>;
}

/** Starts processes of their own, and ends what is left of them after each test. */
export function useReplicas(): (options: ReplicaOptions) => Replica {
  const children: ChildProcess[] = [];
  afterEach(async () => {
    await Promise.all(children.splice(0).map((child) => end(child, 'SIGKILL')));
  });
  return (options) => {
    const { skewSeconds = 0, ticks = false, works = false, hangs = false, service } = options;
    const child = spawn(process.execPath, [SCRIPT, JSON.stringify({ service, skewSeconds, ticks, works, hangs })], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    return replicaOf(child);
  };
}

function replicaOf(child: ChildProcess): Replica {
  const lines = new Set<string>();
  const waiting = new Map<string, () => void>();
  if (!child.stdout || child.pid === undefined) throw new Error('the replica did not start');
  createInterface(child.stdout).on('line', (line) => {
    lines.add(line);
    waiting.get(line)?.();
  });
  return {
    pid: child.pid,
    printed: (line) => {
      const seen = Promise.withResolvers<void>();
      if (lines.has(line)) seen.resolve();
      waiting.set(line, seen.resolve);
      child.once('exit', (status) => seen.reject(new Error(`the replica ended (${status}) before it printed ${line}`)));
      return seen.promise;
    },
    kill: async () => void (await end(child, 'SIGKILL')),
    stop: () => end(child, 'SIGTERM'),
  };
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
  return child.exitCode;
}
