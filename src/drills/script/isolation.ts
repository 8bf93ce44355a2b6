import type { CommandLine } from '../../database/server/command.ts';
import { BIND_MOUNTS, ISOLATION_FAILED, isolationFailure, UNSHARED } from '../../database/server/namespaces.ts';
import { AppError } from '../../kernel/errors.ts';

/**
 * How far a script is kept from everything else. `namespaces`: it has its own users, processes, mounts, network (none) and
 * inter-process communication, sees only the programs of the system and what it is given, and holds no capability. `none`: it
 * runs as Muster's own user and can do what that one can; only time and memory are bounded.
 */
export const ISOLATIONS = ['namespaces', 'none'] as const;
export type Isolation = (typeof ISOLATIONS)[number];

/** Something that a script may see under a name of its own. */
export interface Exposed {
  /** Real path on the host: a directory or a file. */
  readonly source: string;
  /** Where the script finds it: one name below `/`. */
  readonly name: string;
  readonly isWritable: boolean;
}

/** What one script may use up. */
interface ScriptLimits {
  readonly cpuSeconds: number;
  /** Address space of each of its processes. */
  readonly memoryBytes: number;
  /** The largest file that it may write. */
  readonly fileBytes: number;
}

/** A script with everything that it is given. */
export interface ScriptPlan {
  /** Real path of the script. */
  readonly script: string;
  readonly args: readonly string[];
  /** The Node that a script may call as `node`. */
  readonly node: string;
  /** An empty directory that becomes its root; needed for `namespaces`. */
  readonly root: string;
  /** Its working directory, `/work` in it. */
  readonly work: string;
  readonly exposed: readonly Exposed[];
  readonly limits: ScriptLimits;
}

/** The search path of a script, which begins with what Muster gives it. */
const SCRIPT_PATH = '/drill/bin:/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin';

/** The environment of every script; what the definition adds comes on top. */
export const SCRIPT_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: SCRIPT_PATH,
  LANG: 'C.UTF-8',
  HOME: '/work',
  TMPDIR: '/tmp',
};

/**
 * The command line that carries a script out. In namespaces everything dies with it: what it leaves running when it ends, and
 * all of it when Muster dies. Without them the script itself dies with Muster, and what it has started lives on. Spawn it from
 * the main thread, whose end is what the kernel watches.
 */
export function isolatedCommand(isolation: Isolation, plan: ScriptPlan): CommandLine {
  const limited = ['prlimit', ...limitsOf(plan.limits)];
  if (isolation === 'none') {
    const { script, args } = plan;
    // A group of its own processes is all that can be ended along with it.
    return { file: 'setpriv', args: ['--pdeathsig', 'KILL', ...limited, script, ...args] };
  }
  const exposed = plan.exposed.flatMap(({ source, name, isWritable }) => [source, name, isWritable ? 'rw' : 'ro']);
  const given = [plan.root, plan.work, plan.script, plan.node, String(plan.exposed.length), ...exposed];
  return {
    file: 'setpriv',
    args: [
      ...['--pdeathsig', 'KILL', 'unshare', ...NAMESPACES, 'sh', '-c', INSIDE, 'isolate', ...given],
      ...[...limited, '/drill/script', ...plan.args],
    ],
  };
}

const NAMESPACES: readonly string[] = [...UNSHARED, '--map-root-user'];

let tried: Promise<string | undefined> | undefined;

/**
 * Makes sure that this machine can isolate a script; asked once a process.
 * @throws AppError `unavailable` `no-isolation` with the reason, and what to do.
 */
export async function requireIsolation(): Promise<void> {
  tried ??= isolationFailure(NAMESPACES);
  const failure = await tried;
  if (failure === undefined) return;
  throw new AppError(
    'unavailable',
    'no-isolation',
    `Scripts cannot be isolated on this machine (${failure}): allow user namespaces, or say isolation: none in the definition if the script may do whatever Muster can`,
  );
}

function limitsOf({ cpuSeconds, memoryBytes, fileBytes }: ScriptLimits): string[] {
  return [`--cpu=${cpuSeconds}`, `--as=${memoryBytes}`, `--fsize=${fileBytes}`, '--core=0', '--nofile=1024'];
}

/**
 * Makes the root that the script sees, and becomes the script in it. Runs as the root of a user namespace of its own, whose
 * power ends at its own mounts. Bound mounts are read-only unless they are given for writing; `/proc` is left out where the
 * kernel refuses it (in containers that mask it), and read-only: where Muster is root, the kernel would let the script set what
 * holds for the whole machine there (`/proc/sys` goes by the user id alone). The old root goes away before anything of the script runs, and with the last
 * command go all capabilities, and any way back to them.
 */
const INSIDE = `
set -eu
trap 'exit ${ISOLATION_FAILED}' EXIT
root=$1 work=$2 script=$3 node=$4 count=$5
shift 5
${BIND_MOUNTS}
mount -t tmpfs -o mode=0755,size=16m tmpfs "$root"
cd "$root"
mkdir usr etc dev tmp proc work drill drill/bin old
for name in bin sbin lib lib32 lib64 libx32; do
  if [ -L "/$name" ]; then cp -P "/$name" .; elif [ -d "/$name" ]; then mkdir "$name"; bind_ro "/$name" "$name"; fi
done
bind_ro /usr usr
devices
ln -s /proc/self/fd dev/fd
for name in ld.so.cache localtime ssl alternatives; do
  [ -e "/etc/$name" ] || continue
  place "/etc/$name" "etc/$name"
  bind_ro "/etc/$name" "etc/$name"
done
echo 'root:x:0:0::/work:/bin/sh' > etc/passwd
echo 'root:x:0:' > etc/group
mount -t tmpfs -o mode=1777,size=64m,nosuid,nodev tmpfs tmp
if mount -t proc -o nosuid,nodev,noexec proc proc 2>/dev/null; then
  echo 0 > proc/sys/user/max_user_namespaces || :
  mount -o remount,bind,ro,nosuid,nodev,noexec proc
fi
bind "$work" work
: > drill/script; bind_ro "$script" drill/script
: > drill/bin/node; bind_ro "$node" drill/bin/node
while [ "$count" -gt 0 ]; do
  place "$1" "$2"
  if [ "$3" = rw ]; then bind "$1" "$2"; else bind_ro "$1" "$2"; fi
  shift 3
  count=$((count - 1))
done
pivot_root . old
cd /
umount -l /old
rmdir /old
mount -o remount,ro,nosuid,nodev /
cd /work
exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
`;
