import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What lies under one name. */
export interface ListedName {
  readonly type: string;
  readonly mode: number;
  readonly mtimeSeconds: number;
  readonly owner: string;
  readonly sha256?: string;
  readonly target?: string;
  /** The first name of the same file, when there is one before it. */
  readonly sameAs?: string;
}

/** Every name below a directory, byte for byte (as latin1), without following links. */
export function listTree(root: string): Map<string, ListedName> {
  const names = new Map<string, ListedName>();
  const firstNames = new Map<bigint, string>();
  const visit = (below: string) => {
    const entries = readdirSync(Buffer.from(`${root}/${below}`, 'latin1'), { encoding: 'buffer' });
    for (const name of entries.map((entry) => entry.toString('latin1')).sort()) {
      const path = below === '' ? name : `${below}/${name}`;
      const location = Buffer.from(`${root}/${path}`, 'latin1');
      const stats = lstatSync(location, { bigint: true });
      const common = {
        mode: Number(stats.mode & 0o7777n),
        mtimeSeconds: Math.floor(Number(stats.mtimeMs) / 1000),
        owner: `${stats.uid}:${stats.gid}`,
      };
      if (stats.isSymbolicLink()) {
        names.set(path, { ...common, type: 'symlink', target: readlinkSync(location, 'latin1') });
      } else if (stats.isDirectory()) {
        names.set(path, { ...common, type: 'directory' });
        visit(path);
      } else if (stats.isFile()) {
        const sameAs = firstNames.get(stats.ino);
        if (sameAs === undefined) firstNames.set(stats.ino, path);
        const sha256 = createHash('sha256').update(readFileSync(location)).digest('hex');
        names.set(path, { ...common, type: 'file', sha256, ...(sameAs === undefined ? {} : { sameAs }) });
      } else names.set(path, { ...common, type: 'special' });
    }
  };
  visit('');
  return names;
}
