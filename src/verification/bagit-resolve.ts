import type { BagLine } from './bagit-manifest.ts';
import type { TreeName } from './tree-walk.ts';

/** How a listed path was found on the disk. Whatever is not `exact` is told. */
export type FoundBy = 'exact' | 'percent-encoding' | 'normal-form' | 'case';

/**
 * Finds listed paths among the files of a bag. Bags travel through systems that write names in another Unicode normal
 * form, that do not tell upper from lower case, or whose writers encode too much or too little.
 */
export class BagNames {
  readonly #byPath: ReadonlyMap<string, TreeName>;
  #byForm: Map<string, TreeName> | undefined;
  #byCase: Map<string, TreeName> | undefined;

  /** @param files the regular files of the bag. */
  constructor(files: readonly TreeName[]) {
    this.#byPath = new Map(files.map((file) => [file.path, file]));
  }

  find({
    path,
    literal,
  }: Pick<BagLine, 'path' | 'literal'>): { readonly file: TreeName; readonly by: FoundBy } | undefined {
    const found = (file: TreeName | undefined, by: FoundBy) => (file === undefined ? undefined : { file, by });
    return (
      found(this.#byPath.get(path), 'exact') ??
      found(this.#byPath.get(literal), 'percent-encoding') ??
      found(this.#byPath.get(doubleDecoded(path)), 'percent-encoding') ??
      found(this.#formed().get(path.normalize('NFC')), 'normal-form') ??
      found(this.#cased().get(caseless(path)), 'case')
    );
  }

  #formed(): Map<string, TreeName> {
    this.#byForm ??= new Map([...this.#byPath].map(([path, file]) => [path.normalize('NFC'), file]));
    return this.#byForm;
  }

  #cased(): Map<string, TreeName> {
    this.#byCase ??= new Map([...this.#byPath].map(([path, file]) => [caseless(path), file]));
    return this.#byCase;
  }
}

function doubleDecoded(path: string): string {
  return path.includes('%') ? path.replaceAll(/%25/g, '%') : path;
}

function caseless(path: string): string {
  return path.normalize('NFC').toLowerCase();
}
