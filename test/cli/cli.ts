import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { inject } from 'vitest';
import { eventually } from '../system/eventually.ts';
import type { Installation } from '../system/installation.ts';
import { launch } from '../system/service.ts';

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

/**
 * Starts the `muster` command on a data directory, as a person would who has set nothing else.
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
    environment: { MUSTER_LOG_LEVEL: '', NODE_COMPILE_CACHE: join(inject('runDirectory'), 'compiled'), ...environment },
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

/** Runs the `muster` command to its end. */
export function muster(
  installation: Installation,
  args: readonly string[],
  environment?: Environment,
): Promise<Finished> {
  return begin(installation, args, environment).finished;
}
