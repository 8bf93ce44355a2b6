import { lutimes, mkdir, readdir, readlink, stat, symlink, utimes } from 'node:fs/promises';
import { type Finding, printable } from '../../verification/finding.ts';
import { copyFile } from '../fetch.ts';

/** What was copied of a directory. */
interface CopiedTree {
  readonly files: number;
  readonly sizeBytes: number;
  readonly findings: readonly Finding[];
}

interface TreeCopying {
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number) => Promise<void>;
}

/**
 * Copies a directory with all that is below it. Links are copied as links and not followed; what is neither file, directory nor
 * link is left out and told. Names are copied byte for byte. Modes are not: the copy is for whoever runs this.
 *
 * @param filesMax more names are not copied, which is told.
 */
export async function copyTree(
  source: string,
  target: string,
  filesMax: number,
  options: TreeCopying,
): Promise<CopiedTree> {
  const copying = new TreeCopy(filesMax, options);
  await mkdir(target, { recursive: true, mode: 0o700 });
  await copying.directory(Buffer.from(source), Buffer.from(target), '');
  return copying;
}

class TreeCopy implements CopiedTree {
  files = 0;
  sizeBytes = 0;
  readonly findings: Finding[] = [];
  readonly #filesMax: number;
  readonly #options: TreeCopying;

  constructor(filesMax: number, options: TreeCopying) {
    this.#filesMax = filesMax;
    this.#options = options;
  }

  async directory(from: Buffer, to: Buffer, path: string): Promise<void> {
    for (const entry of await readdir(from, { withFileTypes: true, encoding: 'buffer' })) {
      this.#options.signal.throwIfAborted();
      const [source, target] = [below(from, entry.name), below(to, entry.name)];
      const name = `${path}${entry.name.toString('utf8')}`;
      if (entry.isDirectory()) {
        await mkdir(target, { mode: 0o700 });
        await this.directory(source, target, `${name}/`);
      } else if (!entry.isFile() && !entry.isSymbolicLink()) this.#leaveOut(name, 'it is no file, directory or link');
      else if (this.files >= this.#filesMax) {
        this.#leaveOut(name, `the directory holds more than ${this.#filesMax} files`);
        return;
      } else if (entry.isFile()) await this.#file(source, target);
      else await this.#link(source, target);
    }
  }

  async #file(source: Buffer, target: Buffer): Promise<void> {
    let before = 0;
    const { mtime } = await stat(source);
    this.sizeBytes += await copyFile(source, target, {
      signal: this.#options.signal,
      onBytes: async (copied) => {
        await this.#options.onBytes(copied - before);
        before = copied;
      },
    });
    await utimes(target, mtime, mtime);
    this.files += 1;
  }

  async #link(source: Buffer, target: Buffer): Promise<void> {
    await symlink(await readlink(source, { encoding: 'buffer' }), target);
    await lutimes(target, 0, 0);
    this.files += 1;
  }

  #leaveOut(name: string, why: string): void {
    this.findings.push({ kind: 'no-access', file: name, message: `${printable(name)} was left out: ${why}.` });
  }
}

const SLASH = Buffer.from('/');

function below(directory: Buffer, name: Buffer): Buffer {
  return Buffer.concat([directory, SLASH, name]);
}
