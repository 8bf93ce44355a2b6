import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, globSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Unpacks a package of Debian, with all that it needs and this machine lacks, into a directory for all tests: nothing is
 * installed. Files of tests that need it at the same time each unpack it, and the first one counts.
 * @returns the directory; undefined where apt-get gives nothing.
 */
export function unpackPackage(name: string): string | undefined {
  const unpacked = join(tmpdir(), `muster-test-${name}`);
  if (existsSync(unpacked)) return unpacked;
  const plan = ['install', '--simulate', '--no-install-recommends', name];
  const { stdout, status } = spawnSync('apt-get', plan, { encoding: 'utf8', timeout: 60_000 });
  const names = [...(stdout ?? '').matchAll(/^Inst (\S+) /gm)].map(([, each = '']) => each);
  if (status !== 0 || names.length === 0) return undefined;
  const directory = mkdtempSync(`${unpacked}-`);
  const options = { cwd: directory, timeout: 120_000, stdio: 'ignore' } as const;
  try {
    if (spawnSync('apt-get', ['download', ...names], options).status !== 0) return undefined;
    const archives = readdirSync(directory).filter((file) => file.endsWith('.deb'));
    for (const archive of archives) execFileSync('dpkg-deb', ['-x', archive, '.'], options);
    chmodSync(directory, 0o755);
    renameSync(directory, unpacked);
  } catch {
    // Another one was first, or it is of no use.
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return existsSync(unpacked) ? unpacked : undefined;
}

/** What programs of such a directory need to find their libraries. */
export function unpackedEnvironment(directory: string): NodeJS.ProcessEnv {
  return { ...process.env, LD_LIBRARY_PATH: globSync(join(directory, 'usr/lib/*-linux-gnu')).join(':') };
}
