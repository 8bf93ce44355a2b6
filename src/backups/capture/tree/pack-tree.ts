import { lstatSync, readlinkSync } from 'node:fs';
import { type RawName, rawName } from './raw-name.ts';
import { FileUnreadable, SourceFile } from './source-file.ts';
import type { TreeName } from './source-tree.ts';
import type { TreeNotes } from './tree-notes.ts';
import type { PackedFile, TreePacker } from './tree-packer.ts';

/** What was packed of a tree. */
export interface PackedCounts {
  readonly files: number;
  /** The root not counted. */
  readonly directories: number;
  readonly symlinks: number;
  /** Further names of files that are counted already. */
  readonly hardLinks: number;
}

/** Packs every name, in their order. What becomes of the tree meanwhile is noted; only what is packed is counted. */
export async function packTree(names: Iterable<TreeName>, packer: TreePacker, notes: TreeNotes): Promise<PackedCounts> {
  const packing = new TreePacking(packer, notes);
  for (const name of names) await packing.add(name);
  await packer.finish();
  return packing.counts;
}

class TreePacking {
  readonly counts = { files: 0, directories: 0, symlinks: 0, hardLinks: 0 };
  readonly #packer: TreePacker;
  readonly #notes: TreeNotes;
  /** The first name of each file that has several. */
  readonly #firstNames = new Map<string, RawName>();
  /** Names that may be written like another one of other bytes. */
  readonly #escaped = new Set<string>();

  constructor(packer: TreePacker, notes: TreeNotes) {
    this.#packer = packer;
    this.#notes = notes;
  }

  async add(name: TreeName): Promise<void> {
    if (this.#isWrittenLikeAnother(name)) this.#notes.add('unreadable', name.path, 'another name is written alike');
    else if (name.type === 'directory') await this.#addDirectory(name);
    else if (name.type === 'symlink') await this.#addSymlink(name);
    else await this.#addFile(name);
  }

  /** `\xHH` may stand for a byte, or for itself. No manifest could tell the two, so the second is not packed. */
  #isWrittenLikeAnother({ path }: TreeName): boolean {
    if (!path.includes('\\x')) return false;
    const isKnown = this.#escaped.has(path);
    this.#escaped.add(path);
    return isKnown;
  }

  async #addDirectory(name: TreeName): Promise<void> {
    if (name.stats === undefined) return;
    await this.#packer.addDirectory(name, name.stats);
    if (name.raw !== '') this.counts.directories += 1;
  }

  async #addSymlink(name: TreeName): Promise<void> {
    const link = this.#attempt(name, () => ({
      stats: lstatSync(name.location),
      target: rawName(readlinkSync(name.location, { encoding: 'buffer' })),
    }));
    if (link === undefined) return;
    await this.#packer.addSymlink(name, link.stats, link.target);
    this.counts.symlinks += 1;
  }

  async #addFile(name: TreeName): Promise<void> {
    using file = this.#attempt(name, () => new SourceFile(name.location));
    if (file === undefined) return;
    const identity = this.#packer.knowsHardLinks && file.stats.nlink > 1 ? file.identity : undefined;
    const firstName = identity && this.#firstNames.get(identity);
    if (firstName !== undefined) {
      await this.#packer.addHardLink(name, file.stats, firstName);
      this.counts.hardLinks += 1;
      return;
    }
    const packed = await this.#pack(name, file);
    if (packed === undefined) return;
    if (packed.failure !== undefined) this.#note(name, packed.failure);
    if (packed.isChanged) this.#notes.add('changed', name.path);
    if (identity !== undefined) this.#firstNames.set(identity, name.raw);
    this.counts.files += 1;
  }

  async #pack(name: TreeName, file: SourceFile): Promise<PackedFile | undefined> {
    try {
      return await this.#packer.addFile(name, file);
    } catch (thrown) {
      // What is wrong with the archive is no matter of this file.
      if (thrown instanceof FileUnreadable) return this.#note(name, thrown);
      throw thrown;
    }
  }

  #attempt<T>(name: TreeName, ask: () => T): T | undefined {
    try {
      return ask();
    } catch (thrown) {
      return this.#note(name, thrown);
    }
  }

  #note({ path }: TreeName, thrown: unknown): undefined {
    this.#notes.addFailure(path, thrown);
    return undefined;
  }
}
