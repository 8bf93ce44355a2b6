import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { runCommand, SERVER_ENVIRONMENT } from '../../database/server/command.ts';

/** How well a program is kept together, from best to least. */
type Keeping =
  /** A process namespace of its own: with its first process all of them end, whatever they do. */
  | 'process-namespace'
  /** The kernel ends the program with its parent; what it started is ended as its process group. */
  | 'parent-death-signal'
  /** All that is ended is its process group, by whoever is still there. */
  | 'process-group';

/** Ends the program with the process that started it. It is asked for last: nothing that comes after may change the user. */
const WITH_PARENT = ['setpriv', '--pdeathsig', 'KILL', '--'];
const NAMESPACE = ['--pid', '--fork', '--kill-child=KILL', '--'];

/** From best to least; where none works a program is kept by its group alone. */
const WAYS: readonly Way[] = [
  { keeping: 'process-namespace', prefix: [...WITH_PARENT, 'unshare', ...NAMESPACE] },
  // An ordinary user gets one only together with a user namespace, in which it is itself.
  { keeping: 'process-namespace', prefix: [...WITH_PARENT, 'unshare', '--user', '--map-current-user', ...NAMESPACE] },
  { keeping: 'parent-death-signal', prefix: WITH_PARENT },
];

const PROBE_SECONDS = 10;

/** Nothing of the service's own environment: a program that needs more is a script that sets it. */
const COMMAND_ENVIRONMENT = {
  PATH: SERVER_ENVIRONMENT.PATH,
  LANG: 'C.UTF-8',
  HOME: '/nonexistent',
} as const;

/** A program that was started, the leader of a process group of its own. */
export interface LaunchedCommand {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** Undefined when it could not be started; `child` says why. */
  readonly groupId: number | undefined;
  readonly keeping: Keeping;
}

/** A way to start programs so that they are kept together. */
interface Way {
  readonly keeping: Keeping;
  /** What is put in front of a command. */
  readonly prefix: readonly string[];
}

/** The best way that works on this machine, for this user. */
export async function bestWay(): Promise<Way> {
  for (const way of WAYS) {
    const [file, ...args] = [...way.prefix, 'true'];
    if (file !== undefined && (await runCommand({ file, args }, PROBE_SECONDS)).status === 0) return way;
  }
  return { keeping: 'process-group', prefix: [] };
}

/** Starts a program with nothing on its standard input. Whoever starts it ends its group, see {@link endGroup}. */
export function launchCommand({ keeping, prefix }: Way, path: string, args: readonly string[]): LaunchedCommand {
  const [file = path, ...rest] = [...prefix, path, ...args];
  const child = spawn(file, rest, {
    env: COMMAND_ENVIRONMENT,
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, groupId: child.pid, keeping };
}

/** Ends every process of a group at once; a group that is gone already is no error. */
export function endGroup(groupId: number): void {
  try {
    process.kill(-groupId, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}
