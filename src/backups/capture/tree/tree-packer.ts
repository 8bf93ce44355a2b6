import type { Stats } from 'node:fs';
import type { ManifestEntry } from '../../../verification/manifest.ts';
import type { RawName } from './raw-name.ts';
import type { FileUnreadable, SourceFile } from './source-file.ts';

/** What is packed under a name. */
export interface PackedName {
  readonly raw: RawName;
  readonly path: string;
}

/** How the content of a file went into the archive. */
export interface PackedFile {
  /** It moved while it was read. */
  readonly isChanged: boolean;
  /** Why it ended early: the archive has zeros, or nothing, from there on. */
  readonly failure?: FileUnreadable;
}

/** Packs the names of a tree into an archive, in the order in which they are given. One call at a time. */
export interface TreePacker {
  /** Whether a second name of a file can be stored as one. */
  readonly knowsHardLinks: boolean;
  /** What a manifest says of the entries so far; undefined where it says nothing of them. */
  readonly entries: readonly ManifestEntry[] | undefined;
  /** Bytes of all contents so far, where the packer itself compresses them; undefined where it does not. */
  readonly unpackedBytes: number | undefined;
  addDirectory(name: PackedName, stats: Stats): Promise<void>;
  addSymlink(name: PackedName, stats: Stats, target: RawName): Promise<void>;
  addHardLink(name: PackedName, stats: Stats, target: RawName): Promise<void>;
  /** @throws FileUnreadable when a file that is read whole could not be: then it is not in the archive. */
  addFile(name: PackedName, file: SourceFile): Promise<PackedFile>;
  /** Ends the archive; the file that it is written into is the caller's to finish. */
  finish(): Promise<void>;
}

/** Where a packer's bytes go. */
export interface PackedSink {
  /** The buffer belongs to the sink from now on. */
  write(bytes: Buffer): Promise<void>;
}

/** Told, and waited for, with each piece that was read of the source. */
export type OnRead = (bytes: number) => Promise<void>;
