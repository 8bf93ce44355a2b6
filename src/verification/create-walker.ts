import type { ContentOptions, ContentWalker } from './content.ts';
import type { ContentSink } from './content-sink.ts';
import type { ContentKind } from './format.ts';
import { createMySqlDump } from './mysql-dump-walker.ts';
import { createPgCustom } from './pg-custom-walker.ts';
import { createPgSql } from './pg-sql-walker.ts';
import { openSqlite } from './sqlite-walker.ts';
import type { TarAllowance } from './tar-entry.ts';
import { TarWalker, type WalkedEntry } from './tar-walker.ts';
import { openZip } from './zip-walker.ts';

/** What is done with the entries of a tar while it is walked, and what those of any archive are allowed. */
export interface ArchiveHooks extends TarAllowance {
  /** Digest of every file's data, in the words of `node:crypto`. */
  readonly entryDigest?: string | undefined;
  readonly onEntry?: ((entry: WalkedEntry) => void) | undefined;
  /** What was walked, in order, as long as nothing is wrong with it. */
  readonly onWalked?: ((decoded: Buffer) => void) | undefined;
  readonly headBytes?: number;
  /** Is given what is inside: the entries of an archive, or the bytes of what is none, which nothing else then looks at. */
  readonly sink?: ContentSink | undefined;
}

type Opening = ContentWalker | Promise<ContentWalker> | undefined;

const WALKERS: Readonly<Record<ContentKind, ((options: ContentOptions, hooks: ArchiveHooks) => Opening) | undefined>> =
  {
    tar: openTar,
    zip: (options, { isTree, sink }) => openZip(options, { isTree: isTree === true, sink }),
    'postgres-custom': (options) => createPgCustom(options),
    'postgres-sql': createPgSql,
    'mysql-sql': createMySqlDump,
    sqlite: (options) => openSqlite(options),
    json: undefined,
    text: undefined,
    opaque: undefined,
  };

/** A walker for this content; undefined for what is not walked. */
export function openWalker(content: ContentKind, options: ContentOptions, hooks: ArchiveHooks): Opening {
  if (hooks.sink !== undefined && content !== 'tar' && content !== 'zip') return plainContent(hooks.sink);
  return WALKERS[content]?.(options, hooks);
}

function plainContent(sink: ContentSink): ContentWalker {
  return {
    write: (bytes) => sink.plain(bytes),
    end: (how) => ({ entries: 0, isComplete: how === 'at-end', findings: [], level: 'digest' }),
    currentEntry: undefined,
  };
}

function openTar({ file, limits, source }: ContentOptions, hooks: ArchiveHooks): ContentWalker {
  const { onWalked, entryDigest } = hooks;
  const walker = new TarWalker({
    file,
    limits,
    hasSource: source !== undefined,
    digestAlgorithm: entryDigest,
    headBytes: hooks.headBytes ?? 0,
    onEntry: hooks.onEntry ?? (() => {}),
    allowLink: hooks.allowLink,
    isTree: hooks.isTree,
    sink: hooks.sink,
  });
  if (onWalked === undefined) return walker;
  return {
    write: (bytes) => {
      walker.write(bytes);
      if (walker.isClean) onWalked(bytes);
    },
    end: (how) => walker.end(how),
    get currentEntry() {
      return walker.currentEntry;
    },
  };
}
