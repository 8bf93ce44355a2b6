import { readSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { FileDigest } from '../../verification/chunked-digest.ts';
import type { DigestSource } from '../../verification/digest-thread.ts';
import { TwoBuffers } from '../../verification/digester.ts';
import { MANIFEST_FILE } from '../../verification/directory-marks.ts';
import { EntryComparison, entriesOfManifest } from '../../verification/entry-comparison.ts';
import type { Finding } from '../../verification/finding.ts';
import { formatName } from '../../verification/format.ts';
import {
  type Inspection,
  type InspectionOptions,
  inspectOpened,
  type OpenFile,
} from '../../verification/inspection.ts';
import type { VerificationLimits } from '../../verification/limits.ts';
import type { ManifestEntry } from '../../verification/manifest.ts';
import { openStored } from '../../verification/stored-file.ts';
import { type UnpackFailure, unpackFailureOf } from '../unpack-failure.ts';
import { LargeTreeFiles } from './large-tree-files.ts';
import { WritingFailed } from './tree-queue.ts';
import { TreeWriter, type WrittenEntry } from './tree-writer.ts';

/** What the thread is given. */
export interface UnpackFileTask {
  readonly directory: string;
  /** Relative to the directory. */
  readonly file: string;
  /** An existing directory, in which nothing lies that the file could hold. */
  readonly target: string;
  /** The name below the target of what comes out of a file that is no archive. */
  readonly plainName: string;
  /** What the archive must hold, with the digest of each file; undefined: nobody says. */
  readonly entries: readonly ManifestEntry[] | undefined;
  /** It is a tree as it was found: links may lead anywhere, names hold any character. */
  readonly isTree: boolean;
  /** What comes out, where that is on record. */
  readonly decodedBytes: number | undefined;
  /** The text of an identity file of age. */
  readonly identityText: string | undefined;
  readonly limits: VerificationLimits;
}

/** What was unpacked. */
export interface UnpackedFile {
  /** As `formatName` says it: `tar.gz`. */
  readonly format: string;
  readonly isArchive: boolean;
  readonly files: number;
  readonly links: number;
  readonly bytes: number;
  /** Files whose digest was compared with the one on record. */
  readonly comparedFiles: number;
  /** What is wrong with it. Then nothing of what was unpacked may be used. */
  readonly findings: readonly Finding[];
}

/** What the thread says: progress as often as it reads, and one end. */
export type UnpackFileMessage =
  | { readonly kind: 'progress'; readonly bytes: number }
  | ({ readonly kind: 'done' } & UnpackedFile)
  | ({ readonly kind: 'failed' } & UnpackFailure);

function say(message: UnpackFileMessage): void {
  parentPort?.postMessage(message);
}

async function unpack(task: UnpackFileTask): Promise<UnpackFileMessage> {
  const { directory, file, target, plainName, entries, isTree, decodedBytes, identityText, limits } = task;
  const comparison =
    entries === undefined ? undefined : new EntryComparison(file, entriesOfManifest(entries, MANIFEST_FILE));
  const onEntry = comparison && ((entry: WrittenEntry) => comparison.compare(entry));
  const tree = new LargeTreeFiles(target);
  const writer = new TreeWriter({ files: tree, plainName, digests: comparison !== undefined, onEntry });
  try {
    const inspection = await inspect({
      ...{ directory, file, limits, decodedBytes, level: 'structure', digests: NO_DIGESTS },
      identities: await identitiesOf(identityText),
      hooks: { isTree, sink: writer },
      onRead: (bytes) => say({ kind: 'progress', bytes }),
    });
    const found = [...readFindings(inspection), ...inspection.structure];
    const findings = found.length > 0 ? found : (comparison?.finish(true) ?? []);
    if (findings.length === 0) writer.end();
    const { content } = inspection.format;
    const comparedFiles = comparison === undefined ? 0 : writer.files;
    const { files, links, bytes } = writer;
    return {
      ...{ kind: 'done', format: formatName(inspection.format), isArchive: content === 'tar' || content === 'zip' },
      ...{ files, links, bytes, comparedFiles, findings },
    };
  } finally {
    await tree.close();
  }
}

/** What reads identities takes longer to load than a small archive to unpack. */
async function identitiesOf(text: string | undefined): Promise<InspectionOptions['identities']> {
  return text === undefined ? undefined : (await import('../../verification/age-identities.ts')).parseIdentities(text);
}

/**
 * Synchronous reads: this thread has nothing else to do, and a hop to another thread for each piece is what a busy machine
 * delays.
 */
async function inspect(options: InspectionOptions): Promise<Inspection> {
  const handle = await openStored(join(options.directory, options.file));
  if ('reason' in handle) throw Object.assign(new Error(`it cannot be opened (${handle.code})`), { code: handle.code });
  const file: OpenFile = {
    fd: handle.fd,
    read: async (buffer, offset, length, position) => {
      return { bytesRead: readSync(handle.fd, buffer, offset, length, position), buffer };
    },
    stat: handle.stat.bind(handle),
    close: () => handle.close(),
  };
  try {
    return await inspectOpened(file, options);
  } finally {
    await handle.close();
  }
}

function readFindings({ file, read }: Inspection): Finding[] {
  if (read?.failure !== undefined)
    return [{ kind: 'unreadable', file, message: `${file} cannot be read (${read.failure.code}).` }];
  if (read?.changed === true)
    return [{ kind: 'changed-while-read', file, message: `${file} changed while it was unpacked.` }];
  return [];
}

/** The stored bytes were digested when they were verified; here the files inside are. */
const NO_DIGESTS: DigestSource = {
  digester: () => {
    const digest: FileDigest = { sizeBytes: 0, sha256: '', others: {} };
    return { buffers: new TwoBuffers(), update: () => {}, finish: () => digest, close: () => {} };
  },
};

unpack(workerData as UnpackFileTask).then(say, (thrown: unknown) =>
  say({ kind: 'failed', ...(thrown instanceof WritingFailed ? thrown.failure : unpackFailureOf(thrown)) }),
);
