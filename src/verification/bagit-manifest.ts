import { type BagDeclaration, isOfRfc } from './bagit-declaration.ts';
import { bagPathOf } from './bagit-path.ts';
import { algorithmOfTag, digestBytesOf } from './checksum-algorithm.ts';
import { type Finding, printable } from './finding.ts';
import { FindingList } from './finding-list.ts';

/** What one line of a bag's manifest says. */
export interface BagLine {
  readonly path: string;
  /** The path when nothing in it is taken as percent-encoded. */
  readonly literal: string;
  readonly hex: string;
}

/** One `manifest-ALGORITHM.txt` or `tagmanifest-ALGORITHM.txt`. */
export interface BagManifest {
  readonly file: string;
  /** In the words of `node:crypto`; undefined when it is not known here. */
  readonly algorithm?: string | undefined;
  readonly isOfPayload: boolean;
  readonly lines: readonly BagLine[];
  readonly findings: readonly Finding[];
  /** Legal, but told: what a careful writer would not do. */
  readonly notes: readonly string[];
}

const MANIFEST_NAME = /^(tag)?manifest-([a-z0-9_-]+)\.txt$/i;

/** What a file at the top of a bag is by its name; undefined when it is no manifest. */
export function bagManifestNamed(
  file: string,
): { readonly isOfPayload: boolean; readonly algorithm: string | undefined } | undefined {
  const match = MANIFEST_NAME.exec(file);
  if (match === null) return undefined;
  const tag = match[2] ?? '';
  return {
    isOfPayload: match[1] === undefined,
    algorithm: algorithmOfTag(tag) ?? algorithmOfTag(tag.replaceAll('-', '')),
  };
}

/** A digest, blanks, the path. `md5sum` puts a star before the path of what it read as binary. */
const LINE = /^([0-9A-Fa-f]+)[ \t]+(\*?)(.+)$/;

/** Reads the text of a manifest (RFC 8493, 2.1.3 and 2.2.1). */
export function parseBagManifest(file: string, text: string, declaration: BagDeclaration): BagManifest {
  const named = bagManifestNamed(file) ?? { isOfPayload: true, algorithm: undefined };
  const parser = new BagManifestParser(file, named.isOfPayload, named.algorithm, declaration);
  let number = 0;
  for (const line of text.split(/\r\n|\n|\r/)) {
    number += 1;
    if (line.trim() !== '') parser.take(line, number);
  }
  return { file, ...named, ...parser.finish() };
}

class BagManifestParser {
  readonly #file: string;
  readonly #isOfPayload: boolean;
  readonly #digits: number | undefined;
  readonly #declaration: BagDeclaration;
  readonly #findings: FindingList;
  readonly #lines = new Map<string, BagLine>();
  readonly #notes = new Set<string>();
  #isUntidy = false;
  #isRepeated = false;

  constructor(file: string, isOfPayload: boolean, algorithm: string | undefined, declaration: BagDeclaration) {
    this.#file = file;
    this.#isOfPayload = isOfPayload;
    const bytes = algorithm === undefined ? undefined : digestBytesOf(algorithm);
    this.#digits = bytes === undefined ? undefined : bytes * 2;
    this.#declaration = declaration;
    this.#findings = new FindingList(file);
  }

  take(text: string, number: number): void {
    const line = LINE.exec(text);
    if (line === null) this.#refuse('corrupt', number, 'is no digest with a path behind it');
    else this.#takeParts(line[1] ?? '', line[2] === '*', line[3] ?? '', number);
  }

  finish(): Pick<BagManifest, 'lines' | 'findings' | 'notes'> {
    return { lines: [...this.#lines.values()], findings: this.#findings.all(), notes: [...this.#notes] };
  }

  #takeParts(hex: string, hasStar: boolean, listed: string, number: number): void {
    const refuse = (kind: Finding['kind'], what: string) => this.#refuse(kind, number, what);
    const found = bagPathOf(listed, this.#declaration);
    if (this.#digits !== undefined && hex.length !== this.#digits) {
      refuse('corrupt', `has a digest of ${hex.length} digits instead of ${this.#digits}`);
    } else if ('hostile' in found) refuse('hostile', `lists ${printable(listed)}: ${found.hostile}`);
    else if (found.path === '') refuse('corrupt', 'lists the bag itself');
    else if (this.#isOfPayload && !found.path.startsWith('data/')) {
      refuse('corrupt', `lists ${printable(found.path)}, which is not below data/`);
    } else {
      this.#remark(hasStar, found.isUntidy, listed);
      this.#add({ path: found.path, literal: found.literal, hex: hex.toLowerCase() }, number);
    }
  }

  #remark(hasStar: boolean, isUntidy: boolean, listed: string): void {
    const name = printable(this.#file);
    if (hasStar) this.#notes.add(`${name} marks paths with a star, as md5sum does.`);
    if (isUntidy && !this.#isUntidy) this.#notes.add(`${name} has paths with "." parts, such as ${printable(listed)}.`);
    this.#isUntidy ||= isUntidy;
  }

  #add(line: BagLine, number: number): void {
    const before = this.#lines.get(line.path);
    const path = printable(line.path);
    if (before === undefined) this.#lines.set(line.path, line);
    else if (before.hex !== line.hex)
      this.#refuse('corrupt', number, `gives ${path} another digest than a line before it`);
    else if (isOfRfc(this.#declaration)) this.#refuse('corrupt', number, `lists ${path} a second time`);
    else {
      if (!this.#isRepeated) this.#notes.add(`${printable(this.#file)} lists ${path} twice.`);
      this.#isRepeated = true;
    }
  }

  #refuse(kind: Finding['kind'], number: number, what: string): void {
    this.#findings.add({ kind, message: `Line ${number} of ${printable(this.#file)} ${what}.` });
  }
}
