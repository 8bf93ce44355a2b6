import { execFileSync } from 'node:child_process';
import { has } from './verify-data.ts';

/** One row: our command against theirs. */
export interface Pair {
  readonly name: string;
  readonly ours: string;
  readonly theirs: string;
  /** The ratio that is aimed at; none: it is only reported. */
  readonly aim?: number;
  /** Programs that `theirs` needs. */
  readonly needs: readonly string[];
}

/** The same tree in repositories of tools that verify their own: how long they take to read all of it back. */
export function repositoriesOf(work: string, muster: string): Pair[] {
  const pairs: Pair[] = [];
  const ours = `${muster} verify --quiet --manifest tree.tar.zst.sum tree.tar.zst`;
  const env = { ...process.env, RESTIC_PASSWORD: 'bench', BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes' };
  const prepare = (script: string) => execFileSync('sh', ['-c', script], { cwd: work, env, stdio: 'ignore' });
  if (has('restic')) {
    prepare('restic -q -r restic init && restic -q -r restic --no-cache backup tree');
    const theirs = 'RESTIC_PASSWORD=bench restic -q -r restic --no-cache check --read-data';
    pairs.push({ name: 'tree.tar.zst / the same tree: restic check --read-data', ours, theirs, needs: [] });
  }
  if (has('borg')) {
    prepare('borg init -e none borg && borg create -C zstd,3 borg::tree tree');
    const theirs = 'BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes borg check --verify-data borg';
    pairs.push({ name: 'tree.tar.zst / the same tree: borg check --verify-data', ours, theirs, needs: [] });
  }
  return pairs;
}
