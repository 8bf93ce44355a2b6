import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';

/**
 * What the system says of the directory: kind and UUID (or source) of its file system, its path in there, its inode. It stays
 * the same when the disk is mounted elsewhere and after a restart; the empty directory below an unmounted disk, a new
 * directory of the same name and another disk in the same place all have another one.
 *
 * @throws what `realpath` and `stat` throw when the directory cannot be reached.
 */
export async function fileSystemIdentity(root: string): Promise<string> {
  const real = await realpath(root);
  const { ino, dev } = await stat(real, { bigint: true });
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => undefined);
  const mount = mounts === undefined ? undefined : mountOf(real, mounts);
  // Without Linux's table of mounts the number of the device has to do, which a restart may change.
  if (mount === undefined) return `device ${dev} inode ${ino}`;
  const source = (await uuidOf(mount.source)) ?? mount.source;
  const inside = join(mount.root, relative(mount.point, real));
  return `${mount.type} ${source} ${inside} inode ${ino}`.slice(0, IDENTITY_LENGTH_MAX);
}

const IDENTITY_LENGTH_MAX = 1000;

interface Mount {
  readonly point: string;
  /** Which directory of its file system is mounted there. */
  readonly root: string;
  readonly type: string;
  readonly source: string;
}

/** The mount that a path lies on: the deepest one, and of several in one place the last. Lines as in proc_pid_mountinfo(5). */
function mountOf(real: string, mounts: string): Mount | undefined {
  let found: Mount | undefined;
  for (const line of mounts.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root, point] = before.split(' ').map(unescaped);
    const [type, source] = after.split(' ').map(unescaped);
    if (root === undefined || point === undefined || type === undefined || source === undefined) continue;
    const holds = point === '/' || real === point || real.startsWith(`${point}/`);
    if (holds && point.length >= (found?.point.length ?? 0)) found = { point, root, type, source };
  }
  return found;
}

/** Blanks, tabs, line feeds and backslashes are written as three octal digits. */
function unescaped(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

const BY_UUID = '/dev/disk/by-uuid';

/** The UUID of a block device: its name may be another after a restart. */
async function uuidOf(source: string): Promise<string | undefined> {
  if (!source.startsWith('/dev/')) return undefined;
  const device = await realpath(source).catch(() => source);
  for (const uuid of await readdir(BY_UUID).catch(() => [])) {
    if ((await realpath(join(BY_UUID, uuid)).catch(() => undefined)) === device) return `uuid ${uuid}`;
  }
  return undefined;
}
