import { totalmem } from 'node:os';
import { dirname } from 'node:path';
import { AppError } from '../../kernel/errors.ts';
import type { CommandLine } from './command.ts';
import { BIND_MOUNTS, ISOLATION_FAILED, isolationFailure, UNSHARED } from './namespaces.ts';

/** What an isolated program of PostgreSQL may see besides itself. */
export interface IsolatedPlaces {
  /** An empty directory that becomes its root. */
  readonly root: string;
  /** Directories and files that it finds under their own paths. */
  readonly readable: readonly string[];
  /** Directories that it finds at `target`. */
  readonly writable: readonly { readonly source: string; readonly target: string }[];
}

/**
 * The user id that stands for Muster's own inside. Any but 0, as which PostgreSQL refuses to run, and 65534, as which the kernel
 * shows foreign owners.
 */
const ACCOUNT_INSIDE = 1000;

/**
 * Wraps a program of PostgreSQL, so that it runs apart from everything else: users, processes, mounts, network (none) and
 * inter-process communication of its own, no capability, no way to another namespace. It sees the system's libraries and its own
 * installation, read-only, and what it is given; of programs there is a shell, which the server itself calls, and what has set
 * the place up. Files in it belong to Muster's user, and nothing that lies where it may write can be executed.
 *
 * The process that is spawned stays outside and lives as long as everything inside. The program has process id 1; all of it ends
 * with it, and with the thread that spawned: spawn from the main thread.
 */
export function isolatedProgram({ file, args }: CommandLine, places: IsolatedPlaces): CommandLine {
  const { root, readable, writable } = places;
  const account = String(ACCOUNT_INSIDE);
  // What is built to be moved lies below one directory, with its libraries beside its programs.
  const seen = [dirname(dirname(file)), ...readable];
  const given = [root, account, String(seen.length), String(writable.length), ...seen];
  return {
    file: 'setpriv',
    args: [
      ...['--pdeathsig', 'KILL', 'unshare', ...UNSHARED, ...mapped(account), 'sh', '-c', INSIDE, 'isolate', ...given],
      ...writable.flatMap(({ source, target }) => [source, target]),
      ...['prlimit', '--core=0', '--nofile=1024', `--as=${totalmem()}`, file, ...args],
    ],
  };
}

const mapped = (account: string) => [`--map-user=${account}`, `--map-group=${account}`, '--keep-caps'];

let tried: Promise<string | undefined> | undefined;

/**
 * Makes sure that this machine can isolate a program; asked once a process.
 * @throws AppError `unavailable` `no-isolation` with the reason, and what to do.
 */
export async function requireIsolatedPrograms(): Promise<void> {
  tried ??= isolationFailure([...UNSHARED, ...mapped(String(ACCOUNT_INSIDE))]);
  const failure = await tried;
  if (failure === undefined) return;
  throw new AppError(
    'unavailable',
    'no-isolation',
    `A scratch server cannot be isolated on this machine (${failure}): allow user namespaces, or say isolation: none in the postgres step if the backup may do whatever Muster can`,
  );
}

/**
 * Makes the root that the program sees, and becomes the program in it. Capabilities are kept over the commands that set it up, and
 * go with the last one. `/proc` is needed to take the old root away, and no longer: where the kernel refuses a new one (in
 * containers that mask it), the machine's own serves for that moment. Without it a program does not find the libraries that lie
 * beside it, so it is told.
 */
const INSIDE = `
set -eu
trap 'exit ${ISOLATION_FAILED}' EXIT
${BIND_MOUNTS}
root=$1 account=$2 readable=$3 writable=$4
shift 4
libraries=$1/lib
see() { place "$1" ".$1"; bind_ro "$1" ".$1"; }
work_in() { place "$1" ".$2"; mount -o bind,nosuid,nodev,noexec "$1" ".$2"; }
mount -t tmpfs -o mode=0755,size=16m tmpfs "$root"
cd "$root"
mkdir usr usr/bin etc dev dev/shm proc old
for name in bin sbin lib lib32 lib64 libx32; do
  if [ -L "/$name" ]; then cp -P "/$name" .; fi
done
for name in /lib /lib32 /lib64 /libx32 /usr/lib /usr/lib32 /usr/lib64 /usr/libx32 /usr/share /usr/local/lib; do
  if [ -d "$name" ] && ! [ -L "$name" ]; then see "$name"; fi
done
for name in /bin/sh "$(command -v mount)" "$(command -v umount)" "$(command -v setpriv)" "$(command -v prlimit)"; do
  see "$name"
done
devices
for name in ld.so.cache localtime; do if [ -e "/etc/$name" ]; then see "/etc/$name"; fi; done
echo "postgres:x:$account:$account::/:/bin/sh" > etc/passwd
echo "postgres:x:$account:" > etc/group
mount -t tmpfs -o mode=1777,size=1g,nosuid,nodev,noexec tmpfs dev/shm
while [ "$readable" -gt 0 ]; do see "$1"; shift; readable=$((readable - 1)); done
while [ "$writable" -gt 0 ]; do work_in "$1" "$2"; shift 2; writable=$((writable - 1)); done
if mount -t proc -o nosuid,nodev,noexec proc proc 2>/dev/null; then
  echo 0 > proc/sys/user/max_user_namespaces || :
else
  mount --rbind /proc proc
fi
pivot_root . old
cd /
umount -nl /old
mount -o remount,ro,nosuid,nodev /
umount -nl /proc
export LD_LIBRARY_PATH="$libraries"
exec setpriv --no-new-privs --ambient-caps=-all --bounding-set=-all --inh-caps=-all "$@"
`;
