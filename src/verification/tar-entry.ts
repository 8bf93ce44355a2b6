import { type Finding, printable } from './finding.ts';
import type { VerificationLimits } from './limits.ts';
import { NameSet } from './name-set.ts';
import type { TarHeader } from './tar-header.ts';
import { directoriesAbove, hostileLink, hostileName, hostilePlace, normalName } from './tar-name.ts';
import type { PaxRecords } from './tar-pax.ts';

type TarEntryType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'device' | 'fifo' | 'other';

/** One entry of a tar archive. */
export interface TarEntry {
  /** As it stands in the archive, without `.` parts and without a slash at the end; `.` is the root itself. */
  readonly path: string;
  readonly type: TarEntryType;
  /** Bytes that the archive stores for it. */
  readonly sizeBytes: number;
  readonly mode: number;
  readonly mtimeSeconds: number;
  /** Links only. */
  readonly target?: string;
  /** The stored bytes are a map and pieces of the file, not the file. */
  readonly sparse: boolean;
  /** Where its header, and where its data begins, in the decoded stream. */
  readonly headerOffset: number;
  readonly dataOffset: number;
}

/** What extended headers said about the entry to come. */
export interface PendingNames {
  readonly pax: PaxRecords;
  readonly longName?: string;
  readonly longTarget?: string;
}

/** The entry that a header and the extended headers before it describe. */
export function entryOf(header: TarHeader, pending: PendingNames, headerOffset: number, dataOffset: number): TarEntry {
  const { pax } = pending;
  const name = pax.path ?? pending.longName ?? header.path;
  const type = typeOf(header.typeflag, name);
  const isLink = type === 'symlink' || type === 'hardlink';
  return {
    path: entryPath(name),
    type,
    sizeBytes: hasBody(type, header.typeflag) ? (pax.sizeBytes ?? header.sizeBytes) : 0,
    mode: header.mode,
    mtimeSeconds: pax.mtimeSeconds ?? header.mtimeSeconds,
    ...(isLink ? { target: pax.target ?? pending.longTarget ?? header.target } : {}),
    sparse: header.typeflag === 'S' || pax.sparse === true,
    headerOffset,
    dataOffset,
  };
}

/** An absolute name stays as it is, so that it is seen to be one; the root of the archive is `.`. */
function entryPath(name: string): string {
  if (name === '' || name.startsWith('/')) return name;
  return normalName(name) || '.';
}

/** What the rules on names, links and types say of an entry. `file` is filled in by who asks. */
type Objection = Omit<Finding, 'file' | 'entry' | 'decodedOffset'>;

/** What an entry is allowed that would be dangerous in an archive of unknown origin. */
export interface TarAllowance {
  /** Links that are known to be meant, although they lead out. */
  readonly allowLink?: ((path: string, target: string) => boolean) | undefined;
  /** It is a tree as it was found: symbolic links may lead anywhere, names hold any character. */
  readonly isTree?: boolean | undefined;
}

/** The rules that an entry must keep so that unpacking it can harm nobody. Remembers the names that went before. */
export class EntryRules {
  readonly #limits: Pick<VerificationLimits, 'nameBytesMax'>;
  readonly #allowance: TarAllowance;
  readonly #names = new NameSet();
  readonly #directories = new NameSet();
  readonly #links = new NameSet();

  constructor(limits: Pick<VerificationLimits, 'nameBytesMax'>, allowance: TarAllowance) {
    this.#limits = limits;
    this.#allowance = allowance;
  }

  /** What is wrong with this entry, after all those given before. */
  objections(entry: TarEntry): Objection[] {
    const objections: Objection[] = [];
    const object = (why: string | undefined) => {
      if (why !== undefined) objections.push({ kind: 'hostile', message: `${printable(entry.path)}: ${why}.` });
    };
    object(this.#nameObjection(entry));
    object(this.#linkObjection(entry));
    object(this.#placeObjection(entry));
    if (entry.type === 'device' || entry.type === 'fifo') object(`it is a ${entry.type}`);
    if (entry.type === 'other') {
      objections.push({
        kind: 'unknown-format',
        message: `${printable(entry.path)} is of a type that is not known here.`,
      });
    }
    this.#remember(entry);
    return objections;
  }

  #nameObjection(entry: TarEntry): string | undefined {
    const { nameBytesMax } = this.#limits;
    // No character takes more than three bytes of UTF-8 for each of its code units.
    const mayBeLong = entry.path.length * 3 > nameBytesMax;
    if (mayBeLong && Buffer.byteLength(entry.path) > nameBytesMax)
      return `its name is longer than ${nameBytesMax} bytes`;
    if (entry.path === '') return 'its name is empty';
    return this.#allowance.isTree === true ? hostilePlace(entry.path) : hostileName(entry.path);
  }

  #linkObjection({ path, type, target }: TarEntry): string | undefined {
    if (target === undefined || (type !== 'symlink' && type !== 'hardlink')) return undefined;
    if (this.#allowance.allowLink?.(path, target) === true) return undefined;
    if (this.#allowance.isTree === true) return type === 'symlink' ? undefined : hostileTarget(target);
    return hostileLink(path, target, type);
  }

  /** A name twice, or a path that leads through a link which the archive itself made. */
  #placeObjection(entry: TarEntry): string | undefined {
    const isNew = this.#names.add(entry.path);
    const isKnownDirectory = !isNew && entry.type === 'directory' && this.#directories.has(entry.path);
    if (!isNew && !isKnownDirectory) return 'its name stands in the archive twice';
    if (this.#links.size === 0) return undefined;
    const link = directoriesAbove(entry.path).find((directory) => this.#links.has(directory));
    return link === undefined ? undefined : `its path leads through the link ${printable(link)}`;
  }

  #remember(entry: TarEntry): void {
    if (entry.type === 'directory') this.#directories.add(entry.path);
    if (entry.type === 'symlink') this.#links.add(entry.path);
  }
}

/** The target of a hard link in a tree holds any character, as every name there. */
function hostileTarget(target: string): string | undefined {
  const leadsOut = target === '' || hostilePlace(target) !== undefined;
  return leadsOut ? 'it is a hard link to what is no name in the archive' : undefined;
}

/** The type that a typeflag names. Version 7 marked a directory only by the slash at the end of its name. */
function typeOf(typeflag: string, name: string): TarEntryType {
  switch (typeflag) {
    case '\0':
    case '0':
      return name.endsWith('/') ? 'directory' : 'file';
    case '7':
    case 'S':
      return 'file';
    case '1':
      return 'hardlink';
    case '2':
      return 'symlink';
    case '3':
    case '4':
      return 'device';
    case '5':
    case 'D':
      return 'directory';
    case '6':
      return 'fifo';
    default:
      return 'other';
  }
}

/** Whether data blocks follow the header. Links, directories and devices have none, whatever their size field says. */
function hasBody(type: TarEntryType, typeflag: string): boolean {
  return type === 'file' || type === 'other' || typeflag === 'D';
}
