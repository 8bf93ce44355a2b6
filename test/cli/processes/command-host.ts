import { setTimeout as delay } from 'node:timers/promises';
import { runCli } from '../../../src/cli/run-cli.ts';

/** A command line to carry out. */
export interface HostOrders {
  readonly args: readonly string[];
  /** Set for this command line alone. */
  readonly environment: Readonly<Record<string, string>>;
  /** Written to both streams when the command has ended, so that the other side knows that it has read everything. */
  readonly mark: string;
}

/** How a command line has ended. */
export interface HostAnswer {
  readonly code: number;
  /** What the command has left behind; as a process of its own it would not have ended, or not in order. */
  readonly left: readonly string[];
}

/** What a command has left open may close within this time, as the process of a real command would wait for it. */
const CLOSING_SECONDS_MAX = 20;
const POLL_MS = 5;

/** A command listens for these to the end of its process. */
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM'];

// One command line after the other, in one process that loads their modules once. Its streams are those of the commands.
process.on('message', (orders: HostOrders) => carryOut(orders));
process.on('disconnect', () => process.exit(0));

async function carryOut({ args, environment, mark }: HostOrders): Promise<void> {
  const [before, listeners, atRest] = [{ ...process.env }, listening(), openThings()];
  Object.assign(process.env, environment);
  // An error that comes out of it ends this process, as it would end the command's.
  const code = await runCli(args);
  for (const signal of SIGNALS) process.removeAllListeners(signal);
  const left = [...(await leftOpen(atRest)), ...beyond(listening(), listeners), ...exitCodeLeft()];
  for (const name of Object.keys(process.env)) if (!Object.hasOwn(before, name)) delete process.env[name];
  Object.assign(process.env, before);
  process.stdout.write(mark);
  process.stderr.write(mark);
  const answer: HostAnswer = { code, left };
  process.send?.(answer);
}

/** What keeps a process from ending. */
function openThings(): string[] {
  // The two streams show themselves from the first look at them on.
  return process.stdout.writable && process.stderr.writable ? process.getActiveResourcesInfo() : [];
}

async function leftOpen(atRest: readonly string[]): Promise<readonly string[]> {
  const deadlineMs = performance.now() + CLOSING_SECONDS_MAX * 1000;
  for (;;) {
    const left = beyond(openThings(), atRest);
    if (left.length === 0 || performance.now() > deadlineMs) return left;
    await delay(POLL_MS, undefined, { ref: false });
  }
}

function listening(): string[] {
  return process
    .eventNames()
    .flatMap((name) => Array<string>(process.listenerCount(name)).fill(`listener of ${String(name)}`));
}

function exitCodeLeft(): string[] {
  const { exitCode } = process;
  process.exitCode = undefined;
  return exitCode === undefined ? [] : [`exit code ${exitCode}`];
}

/** Those that are there more often than before. */
function beyond(now: readonly string[], before: readonly string[]): string[] {
  const rest = [...before];
  return now.filter((name) => {
    const at = rest.indexOf(name);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}
