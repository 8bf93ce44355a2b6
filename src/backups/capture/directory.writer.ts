import { statSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Temporal } from 'temporal-polyfill';
import { AppError, messageOf } from '../../kernel/errors.ts';
import { DEFAULT_LIMITS } from '../../verification/limits.ts';
import type { Packing } from '../file-sink.ts';
import type { CaptureContext, CaptureOutcome, CaptureTask } from './capture-task.ts';
import type { CaptureSourceOf } from './captured-set.ts';
import { PointFile } from './point-file.ts';
import { exclusionOf } from './tree/exclusion.ts';
import { type PackedCounts, packTree } from './tree/pack-tree.ts';
import { measureTree, type OwnDirectory, type TreeRules, walkSource } from './tree/source-tree.ts';
import { TarPacker } from './tree/tar-packer.ts';
import { TreeNotes } from './tree/tree-notes.ts';
import type { OnRead, PackedSink, TreePacker } from './tree/tree-packer.ts';
import { ZipPacker } from './tree/zip-packer.ts';

type DirectorySource = CaptureSourceOf<'directory'>;

const FORMATS: Readonly<
  Record<DirectorySource['format'], { packing: Packing; packer: new (sink: PackedSink, onRead: OnRead) => TreePacker }>
> = {
  'tar.zst': { packing: 'zstd', packer: TarPacker },
  'tar.gz': { packing: 'gzip', packer: TarPacker },
  zip: { packing: 'none', packer: ZipPacker },
};

/**
 * Packs a directory tree as it is found, links and all, into one archive. Files that change meanwhile never break the archive:
 * what became of them is told in the outcome.
 *
 * @throws AppError `unprocessable` `source-unreadable`, `source-is-own` (it lies in the repository, or in Muster's data),
 * `source-too-large`, `source-empty`.
 */
export async function writeDirectory(
  source: DirectorySource,
  context: CaptureContext,
  { ownDirectories, openDirectories }: Pick<CaptureTask, 'ownDirectories' | 'openDirectories'>,
): Promise<CaptureOutcome> {
  const { path, format } = source;
  const rules: TreeRules = {
    isExcluded: exclusionOf(source.exclude),
    oneFileSystem: source.oneFileSystem,
    ownDirectories: ownDirectories.flatMap(identified),
  };
  await requireOutside(
    path,
    rules.ownDirectories,
    openDirectories.flatMap((open) => identified({ path: open, what: 'open' })),
  );
  const takenAt = Temporal.Now.instant().toString({ smallestUnit: 'millisecond' });
  const totalBytes = await measured(path, rules);
  const { packing, packer: Packer } = FORMATS[format];
  const { directory, recipients } = context;
  const name = `tree.${format}`;
  await using file = new PointFile({ directory, name, packing, sizeBytesAbout: totalBytes, recipients });
  const meter = new Meter(context, totalBytes);
  const packer = new Packer(file, (bytes) => meter.take(bytes));
  const notes = new TreeNotes();
  const counts = await packTree(walkSource(path, rules, notes), packer, notes);
  requireContent(path, counts, notes);
  // A check must not take what unpacks to so much for a bomb.
  const { unpackedBytes } = packer;
  const described = {
    ...(unpackedBytes === undefined ? {} : { decodedBytes: unpackedBytes }),
    ...(await file.finish()),
  };
  // Names are a part of what is kept secret.
  const entries = recipients.length === 0 ? packer.entries : undefined;
  const tree = { unreadCount: notes.count('unreadable') };
  return {
    files: [{ ...described, tree, ...(entries === undefined ? {} : { entries: [...entries] }) }],
    takenAt,
    facts: factsOf(
      counts,
      notes,
      { readBytes: meter.readBytes, isListed: entries !== undefined },
      recipients.length > 0,
    ),
    notes: notes.all(),
  };
}

function identified({ path, what }: { readonly path: string; readonly what: string }): OwnDirectory[] {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? [] : [{ dev: stats.dev, ino: stats.ino, what }];
}

/** What lies in the repository would pack what it writes; what lies in Muster's data holds its keys, but for what is open. */
async function requireOutside(
  path: string,
  own: readonly OwnDirectory[],
  openPlaces: readonly OwnDirectory[],
): Promise<void> {
  const start = await realpath(path).catch((thrown: unknown) => {
    throw new AppError('unprocessable', 'source-unreadable', `${path} cannot be read: ${messageOf(thrown)}`);
  });
  for (let place = start; ; place = dirname(place)) {
    const { dev, ino } = statSync(place, { bigint: true });
    const isHere = (directory: OwnDirectory) => directory.dev === dev && directory.ino === ino;
    if (openPlaces.some(isHere)) return;
    const found = own.find(isHere);
    if (found !== undefined) {
      throw new AppError('unprocessable', 'source-is-own', `${path} lies in ${found.what}, which is never taken`);
    }
    if (place === dirname(place)) return;
  }
}

async function measured(path: string, rules: TreeRules): Promise<number> {
  const { names, bytes } = await measureTree(path, rules, setImmediate);
  const { entriesMax } = DEFAULT_LIMITS;
  if (names <= entriesMax) return bytes;
  const message = `${path} has more than ${entriesMax} names, which is the most that a check reads: take parts of it as sets of their own`;
  throw new AppError('unprocessable', 'source-too-large', message);
}

/** Directories alone are what is left when a disk is not mounted. */
function requireContent(path: string, { files, symlinks }: PackedCounts, notes: TreeNotes): void {
  if (files + symlinks > 0) return;
  const unreadable = notes.count('unreadable');
  const why = unreadable === 0 ? 'is the right disk mounted?' : `${unreadable} of its names cannot be read`;
  throw new AppError('unprocessable', 'source-empty', `${path} holds no file and no link to take: ${why}`);
}

/** What the record says of the tree. Of what is encrypted it says no names. */
function factsOf(
  counts: PackedCounts,
  notes: TreeNotes,
  { readBytes, isListed }: { readonly readBytes: number; readonly isListed: boolean },
  isSecret: boolean,
): CaptureOutcome['facts'] {
  const told = notes.all().map(({ kind, count, names }) => (isSecret ? { kind, count } : { kind, count, names }));
  return { ...counts, bytes: readBytes, excluded: notes.excludedCount, entriesListed: isListed, notes: told };
}

/** Counts what was read, tells it, and keeps it to the rate. */
class Meter {
  readBytes = 0;
  readonly #context: CaptureContext;
  readonly #totalBytes: number;

  constructor(context: CaptureContext, totalBytes: number) {
    this.#context = context;
    this.#totalBytes = totalBytes;
  }

  async take(bytes: number): Promise<void> {
    this.readBytes += bytes;
    const { onProgress, pace } = this.#context;
    onProgress(this.readBytes, Math.max(this.#totalBytes, this.readBytes));
    if (pace !== undefined) await pace.take(bytes);
  }
}
