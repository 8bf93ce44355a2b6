import type { ChildProcess } from 'node:child_process';
import { eventually } from '../system/eventually.ts';
import type { Installation } from '../system/installation.ts';
import { environmentOf, launch } from '../system/service.ts';
import { runHosted } from './command-host.ts';

/** A command that has ended. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Its standard output, which is one JSON value. */
  json<T>(): T;
}

/** A command under way. */
export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Waits until it has written this to standard error. */
  says(text: RegExp): Promise<void>;
}

export type Environment = Readonly<Record<string, string>>;

const COMMAND_SECONDS_MAX = 60;
const NOTHING_SET: Environment = { MUSTER_LOG_LEVEL: '' };

/**
 * Starts the `muster` command on a data directory as a process of its own, as a person would who has set nothing else.
 * @param program the command's file, where it is not this checkout's.
 */
export function begin(
  installation: Installation,
  args: readonly string[],
  environment: Environment = {},
  program = 'src/cli/bin.mjs',
): Running {
  const { child, exited, stdout, stderr } = launch(installation, {
    command: [process.execPath, program, ...args],
    environment: { ...NOTHING_SET, ...environment },
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), COMMAND_SECONDS_MAX * 1000);
  const finished = exited.then(({ code }) => {
    clearTimeout(timer);
    return { code, stdout: stdout(), stderr: stderr(), json: <T>() => JSON.parse(stdout()) as T };
  });
  const says = async (text: RegExp) => {
    await eventually(`muster ${args.join(' ')} says ${text}`, 40, () => {
      if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}: ${stderr()}`);
      return text.test(stderr()) || undefined;
    });
  };
  return { child, finished, says };
}

/**
 * Runs a `muster` command line to its end, in the process that the test files of this worker share (`runHosted`): for what a
 * command does. What is about its process (signals, streams, several at once) takes {@link begin}.
 */
export async function muster(
  installation: Installation,
  args: readonly string[],
  environment: Environment = {},
): Promise<Finished> {
  const settings = { ...environmentOf(installation), ...NOTHING_SET, ...environment };
  const end = await runHosted(args, settings, COMMAND_SECONDS_MAX);
  return { ...end, json: <T>() => JSON.parse(end.stdout) as T };
}
