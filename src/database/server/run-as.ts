import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { AppError } from '../../kernel/errors.ts';
import type { PostgresBinaries } from './binaries.ts';
import { type CommandLine, runCommand } from './command.ts';

/**
 * The ways to run PostgreSQL, which refuses to run as root:
 * - `direct`: as the user that Muster runs as;
 * - `user-namespace`: the same user on disk, seen as an ordinary account inside a user namespace;
 * - `other-user`: as another account, which must reach the programs and the data by itself;
 * - `other-user-with-capability`: as another account that keeps `CAP_DAC_OVERRIDE`, so that closed parent directories
 *   (0700, owned by root) do not stop it.
 */
export type RunAsMethod = 'direct' | 'user-namespace' | 'other-user' | 'other-user-with-capability';

/** A way to run PostgreSQL that was tried on this machine and works. */
export interface RunAs {
  readonly method: RunAsMethod;
  /** Who must own the server's files on disk; undefined leaves them as they are (Muster's own user). */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** True when the kernel interrupts the server (a fast shutdown) once the Node process that started it is gone. */
  readonly diesWithParent: boolean;
  /** True when the server can go through directories that its account may not enter. */
  readonly entersClosedDirectories: boolean;
  /** Wraps a command line, so that it runs this way. The process id of the spawned process is the program's own. */
  wrap(file: string, args: readonly string[]): CommandLine;
}

/** An account of the machine, from the password file. */
interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** What the choice depends on; the defaults ask the machine. */
export interface RunAsOptions {
  readonly binaries: PostgresBinaries;
  /** Only this method is tried; for tests, and for operators who know better. */
  readonly method?: RunAsMethod;
  /** False leaves out the parent-death signal even where it works; for tests of orphans. */
  readonly diesWithParent?: boolean;
  readonly uid?: number;
  /** Whether `uid` has an account of its own. */
  readonly hasAccount?: boolean;
  readonly accounts?: readonly Account[];
}

/**
 * Finds a way to run PostgreSQL by trying the candidates, each with the server itself: `direct`; `user-namespace`; another user
 * with the capability, and without.
 *
 * @throws AppError `unavailable` `postgres-cannot-run`, one line that says what was tried and why each failed.
 */
export async function probeRunAs(options: RunAsOptions): Promise<RunAs> {
  const uid = options.uid ?? process.getuid?.() ?? -1;
  const accounts = options.accounts ?? readAccounts();
  const failures: string[] = [];
  for (const candidate of candidatesFor(uid, accounts, options)) {
    const failure = await failureOf(candidate, options.binaries);
    if (failure === undefined) return candidate;
    failures.push(`${candidate.method}${candidate.diesWithParent ? ' with setpriv' : ''}: ${failure}`);
  }
  const tried = failures.length === 0 ? 'no method fits this user' : failures.join('; ');
  throw new AppError(
    'unavailable',
    'postgres-cannot-run',
    `PostgreSQL cannot be run here (user id ${uid}): ${tried}. Run Muster as an ordinary user, or set DATABASE_URL.`,
  );
}

function candidatesFor(uid: number, accounts: readonly Account[], options: RunAsOptions): RunAs[] {
  const ways: ((diesWithParent: boolean) => RunAs)[] = [];
  // initdb looks its user up, so a user id without an account needs the namespace, as root does.
  const hasAccount = options.hasAccount ?? runsUnderAccount();
  if (uid !== 0 && hasAccount) ways.push(direct);
  const inside = accountInside(accounts);
  if (inside !== undefined && process.platform === 'linux') ways.push((dies) => inUserNamespace(inside, dies));
  // Without an account a cluster cannot be made, but an existing one runs.
  if (uid !== 0 && !hasAccount) ways.push(direct);
  const other = uid === 0 ? accountToBecome(accounts) : undefined;
  if (other !== undefined) {
    // Muster's data directory is closed (0700), so without the capability only open places can be served.
    ways.push(
      (dies) => asOtherUserWithCapability(other, dies),
      (dies) => asOtherUser(other, dies),
    );
  }
  return ways
    .flatMap((way) => (options.diesWithParent === false ? [way(false)] : [way(true), way(false)]))
    .filter((candidate) => options.method === undefined || candidate.method === options.method);
}

/** Runs the server's version query this way: the wrappers exist, the kernel allows them, the programs can be read. */
async function failureOf(candidate: RunAs, binaries: PostgresBinaries): Promise<string | undefined> {
  const result = await runCommand(candidate.wrap(binaries.postgres, ['--version']), 20);
  if (result.status === 0 && result.stdout.includes(binaries.version)) return undefined;
  return (
    result.stderr.trim().replaceAll(/\s*\n\s*/g, ' ') || `ended with ${result.signal ?? `status ${result.status}`}`
  );
}

// The signal must be asked for last: it does not survive a change of user, and follows the thread that spawned.
const withDeathSignal = (dies: boolean, command: readonly string[]): string[] =>
  dies ? ['setpriv', '--pdeathsig', 'INT', '--', ...command] : [...command];

const commandLine = ([file = '', ...args]: readonly string[]): CommandLine => ({ file, args });

function direct(diesWithParent: boolean): RunAs {
  return {
    method: 'direct',
    owner: undefined,
    diesWithParent,
    entersClosedDirectories: false,
    wrap: (file, args) => commandLine(withDeathSignal(diesWithParent, [file, ...args])),
  };
}

function inUserNamespace(inside: Account, diesWithParent: boolean): RunAs {
  const enter = ['unshare', '--user', `--map-user=${inside.uid}`, `--map-group=${inside.gid}`, '--'];
  const owner = process.getuid?.() === 0 ? { uid: 0, gid: 0 } : undefined;
  return {
    method: 'user-namespace',
    owner,
    diesWithParent,
    entersClosedDirectories: true,
    wrap: (file, args) => commandLine([...enter, ...withDeathSignal(diesWithParent, [file, ...args])]),
  };
}

function asOtherUser({ uid, gid }: Account, diesWithParent: boolean): RunAs {
  return {
    method: 'other-user',
    owner: { uid, gid },
    diesWithParent,
    entersClosedDirectories: false,
    wrap: (file, args) => ({ ...commandLine(withDeathSignal(diesWithParent, [file, ...args])), uid, gid }),
  };
}

function asOtherUserWithCapability({ uid, gid }: Account, diesWithParent: boolean): RunAs {
  const identity = ['--reuid', String(uid), '--regid', String(gid), '--clear-groups'];
  const capability = ['--inh-caps', '+dac_override', '--ambient-caps', '+dac_override'];
  return {
    method: 'other-user-with-capability',
    owner: { uid, gid },
    diesWithParent,
    entersClosedDirectories: true,
    wrap: (file, args) =>
      commandLine(['setpriv', ...identity, ...capability, '--', ...withDeathSignal(diesWithParent, [file, ...args])]),
  };
}

/** The user id that stands for ours inside the namespace. Not 65534: the kernel shows foreign owners as that one. */
function accountInside(accounts: readonly Account[]): Account | undefined {
  return (
    accounts.find((account) => account.uid > 0 && account.uid !== 65_534) ?? accounts.find((account) => account.uid > 0)
  );
}

/** The account that the server becomes: a dedicated one first; `nobody` is shared with other programs, so it is last. */
function accountToBecome(accounts: readonly Account[]): Account | undefined {
  for (const name of ['muster', 'postgres', 'nobody']) {
    const account = accounts.find((candidate) => candidate.name === name && candidate.uid > 0);
    if (account !== undefined) return account;
  }
  return undefined;
}

function runsUnderAccount(): boolean {
  try {
    userInfo();
    return true;
  } catch {
    return false;
  }
}

function readAccounts(): Account[] {
  const accounts: Account[] = [];
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [name = '', , uid = '', gid = ''] = line.split(':');
    if (/^\d+$/.test(uid) && /^\d+$/.test(gid)) accounts.push({ name, uid: Number(uid), gid: Number(gid) });
  }
  return accounts;
}
