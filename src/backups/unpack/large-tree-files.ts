import { type TreeActions, TreeFiles } from './tree-files.ts';
import { TreeQueue } from './tree-queue.ts';

/** Trees of fewer files and bytes are written before another thread would have started. */
const ALONE = { files: 1000, bytes: 16 * 1_048_576 } as const;

/** Writes a tree in this thread, and from where it proves to be a large one on with a `TreeQueue`. */
export class LargeTreeFiles implements TreeActions {
  readonly #root: string;
  #by: TreeActions;
  #files = 0;
  #bytes = 0;

  constructor(root: string) {
    this.#root = root;
    this.#by = new TreeFiles(root);
  }

  directory(path: string): void {
    this.#by.directory(path);
  }

  create(path: string, mode: number): void {
    this.#files += 1;
    // Between two files nothing of the one is left for the other.
    const isLarge = this.#files > ALONE.files || this.#bytes > ALONE.bytes;
    if (isLarge && this.#by instanceof TreeFiles) this.#by = new TreeQueue(this.#root);
    this.#by.create(path, mode);
  }

  write(bytes: Buffer): void {
    this.#bytes += bytes.length;
    this.#by.write(bytes);
  }

  finish(mtimeSeconds: number | undefined): void {
    this.#by.finish(mtimeSeconds);
  }

  link(path: string, target: string): void {
    this.#by.link(path, target);
  }

  symlink(path: string, target: string): void {
    this.#by.symlink(path, target);
  }

  touch(path: string, mtimeSeconds: number): void {
    this.#by.touch(path, mtimeSeconds);
  }

  settle(): void {
    this.#by.settle();
  }

  close(): Promise<void> {
    return this.#by.close();
  }
}
