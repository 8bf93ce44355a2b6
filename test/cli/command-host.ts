import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { CHECKOUT, inheritedEnvironment } from '../system/service.ts';
import type { HostAnswer, HostOrders } from './processes/command-host.ts';

/** How a hosted command has ended, as its process would have. */
interface HostedEnd {
  /** Null when it took too long. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type HowEnded = Pick<HostedEnd, 'code'> & Pick<HostAnswer, 'left'>;

interface Host {
  readonly child: ChildProcess;
  readonly written: { stdout: string; stderr: string };
}

const SCRIPT = join(import.meta.dirname, 'processes', 'command-host.ts');
let host: Host | undefined;
let previous: Promise<unknown> = Promise.resolve();

/**
 * Runs a command line in a process that the commands of this worker's test files share, one after the other: their modules
 * are loaded once. It ends with the worker. Streams, exit status and unforeseen errors are those of a process of its own; one that leaves something open
 * fails, where its process would not have ended.
 */
export function runHosted(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  secondsMax: number,
): Promise<HostedEnd> {
  const run = previous.then(() => carryOut(args, environment, secondsMax));
  previous = run.catch(() => {});
  return run;
}

async function carryOut(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  secondsMax: number,
): Promise<HostedEnd> {
  host ??= start();
  const { child, written } = host;
  const orders: HostOrders = { args, environment, mark: `\n[${randomUUID()}]` };
  const timer = setTimeout(() => child.kill('SIGKILL'), secondsMax * 1000);
  const answered = answerOf(host, orders);
  child.send(orders);
  const { code, left } = await answered;
  clearTimeout(timer);
  const { stdout, stderr } = written;
  Object.assign(written, { stdout: '', stderr: '' });
  if (left.length > 0) throw new Error(`muster ${args.join(' ')} left behind: ${left.join(', ')}. It said: ${stderr}`);
  return { code, stdout: stdout.replace(orders.mark, ''), stderr: stderr.replace(orders.mark, '') };
}

/** Resolves when the command has ended and all that it wrote is here; also when it has taken the process with it. */
function answerOf({ child, written }: Host, { mark }: HostOrders): Promise<HowEnded> {
  const { promise, resolve } = Promise.withResolvers<HowEnded>();
  let answer: HostAnswer | undefined;
  const look = () => {
    if (answer && written.stdout.endsWith(mark) && written.stderr.endsWith(mark)) settle(answer);
  };
  const onAnswer = (message: unknown) => {
    answer = message as HostAnswer;
    look();
  };
  const onClose = (code: number | null) => {
    host = undefined;
    settle({ code, left: [] });
  };
  const settle = (end: HowEnded) => {
    child.off('message', onAnswer).off('close', onClose);
    child.stdout?.off('data', look);
    child.stderr?.off('data', look);
    resolve(end);
  };
  child.on('message', onAnswer).on('close', onClose);
  child.stdout?.on('data', look);
  child.stderr?.on('data', look);
  return promise;
}

function start(): Host {
  const child = fork(SCRIPT, [], {
    cwd: CHECKOUT,
    env: inheritedEnvironment(),
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  // It keeps no worker from ending: when that is gone, it notices and ends.
  child.unref();
  child.channel?.unref();
  child.once('exit', () => {
    if (host?.child === child) host = undefined;
  });
  const written = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      written[stream] += text;
    });
    if (child[stream] instanceof Socket) child[stream].unref();
  }
  return { child, written };
}
