import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ConnectionSettings } from '../../src/database/connection.ts';
import type { HolderTask } from './holder.ts';

/** What the holder printed. */
interface HolderAnswer {
  readonly pid: number;
  readonly postmasterPid: number;
  readonly connection: ConnectionSettings;
  readonly method: string;
}

/** A running holder process. */
export interface Holding {
  readonly child: ChildProcess;
  readonly answer: HolderAnswer;
  /** kill -9, and waits for the end. */
  kill(): Promise<void>;
}

/** Starts a holder and waits for its answer. */
export async function hold(task: HolderTask): Promise<Holding> {
  const child = spawnHolder(task);
  for await (const line of createInterface({ input: child.stdout })) {
    return { child, answer: JSON.parse(line), kill: () => killHolder(child) };
  }
  throw new Error('The holder ended without an answer');
}

export function spawnHolder(task: HolderTask) {
  const script = fileURLToPath(new URL('holder.ts', import.meta.url));
  return spawn(process.execPath, [script, JSON.stringify(task)], { stdio: ['pipe', 'pipe', 'inherit'] });
}

export async function killHolder(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
