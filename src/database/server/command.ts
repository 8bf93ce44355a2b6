import { type ExecFileException, execFile } from 'node:child_process';

/** A command line that is ready to be spawned: program, arguments and, where the process must change it, its user. */
export interface CommandLine {
  readonly file: string;
  readonly args: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
}

/** How a finished command ended. `status` is undefined when it could not be started, or died of a signal. */
export interface CommandResult {
  readonly status: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  /** Standard error; for a command that could not be started, the reason. */
  readonly stderr: string;
}

/**
 * The whole environment of every server process. The operator's `PGDATA`, `PGPORT`, `PGOPTIONS` and locale must not reach
 * our server, so nothing is inherited.
 */
export const SERVER_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
};

/** Runs a short command to its end and never rejects: the caller judges the result. Killed after `timeoutSeconds`. */
export function runCommand(command: CommandLine, timeoutSeconds: number): Promise<CommandResult> {
  const { promise, resolve } = Promise.withResolvers<CommandResult>();
  const options = {
    env: SERVER_ENVIRONMENT,
    // The caller's directory may be closed to the user that the command runs as.
    cwd: '/',
    timeout: timeoutSeconds * 1000,
    killSignal: 'SIGKILL' as const,
    maxBuffer: 4 * 1024 * 1024,
    ...(command.uid === undefined ? {} : { uid: command.uid }),
    ...(command.gid === undefined ? {} : { gid: command.gid }),
  };
  const settle = (error: ExecFileException | null, stdout: string, stderr: string) => {
    const status = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined;
    const notStarted = error !== null && typeof error.code === 'string';
    resolve({
      status,
      signal: error?.signal ?? undefined,
      stdout,
      stderr: notStarted ? `${stderr}${error.message}` : stderr,
    });
  };
  try {
    execFile(command.file, [...command.args], options, settle);
  } catch (error) {
    // Node throws some failures to start at once (a user id that does not exist here) and reports the others later.
    settle(error as ExecFileException, '', '');
  }
  return promise;
}
