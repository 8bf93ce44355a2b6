import { setTimeout as pause } from 'node:timers/promises';
import { type RemoteEntry, type RemoteStore, secondOf } from '../remote/remote-store.ts';
import type { MarkedFile } from './point-marks.ts';
import { type Claims, type GatheringTask, RepositoryGathering } from './repository-gathering.ts';
import type { ListingNews } from './repository-lister.ts';
import { isTooLong, type SkipReason } from './repository-listing.ts';

/** Whoever waits for a listing is told so often that it goes on. */
const WAITING_MS = 5000;

const NS_PER_SECOND = 1_000_000_000n;

/**
 * Lists a repository on another machine as a local one is listed: the same is claimed, passed over and gathered, in the same
 * order. Object stores have no directories; they are made up from the paths.
 * @throws as `RemoteStore.list`: nothing may be concluded then.
 */
export async function* listRemote(
  store: RemoteStore,
  task: GatheringTask,
  signal: AbortSignal,
): AsyncGenerator<ListingNews> {
  const walk = new RemoteWalk({ ...task, isWholeWithManifest: true });
  const pages = store.list('', walk.mayEnter, signal)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const coming = pages.next();
      while (!(await isSoon(coming))) yield { kind: 'waiting' };
      const { value: page, done } = await coming;
      if (done === true) break;
      for (const entry of page) walk.take(entry);
      yield walk.gathering.news();
    }
    walk.gathering.finish();
    yield walk.gathering.news();
    yield walk.gathering.end();
  } finally {
    await pages.return?.();
  }
}

async function isSoon(coming: Promise<unknown>): Promise<boolean> {
  const waiting = new AbortController();
  try {
    const over = coming.then(
      () => true,
      () => true,
    );
    return await Promise.race([over, pause(WAITING_MS, false, { signal: waiting.signal })]);
  } finally {
    waiting.abort();
  }
}

class RemoteWalk {
  readonly gathering: RepositoryGathering;
  /** The directories around what was taken last, with what they are wanted for; undefined: for nothing. */
  readonly #open: { readonly path: string; readonly claim: Claims | undefined }[] = [];

  constructor(task: GatheringTask) {
    this.gathering = new RepositoryGathering(task);
    this.#open.push({ path: '', claim: this.gathering.claim('', 'directory') });
  }

  readonly mayEnter = (directory: string): boolean => this.gathering.mayEnter(directory);

  take(entry: RemoteEntry): void {
    const names = entry.path.split('/');
    for (let depth = 1; depth < names.length; depth += 1)
      this.#enter(names.slice(0, depth).join('/'), entry.modifiedMs);
    const around = this.#leave(entry.path);
    if (around === undefined) return;
    const reason = reasonToSkip(entry);
    if (entry.type === 'directory' && reason === undefined) this.#enter(entry.path, entry.modifiedMs);
    else if (reason !== undefined) this.#skip(entry, reason, around);
    else {
      const claim = this.gathering.claim(entry.path, 'file');
      if (claim !== undefined)
        this.gathering.take({ path: entry.path, type: 'file', figures: figuresOf(entry), claim });
    }
  }

  /** Goes back to the directory around a path; what it is wanted for. */
  #leave(path: string): Claims | undefined {
    for (let last = this.#open.at(-1); last !== undefined; last = this.#open.at(-1)) {
      if (last.path === '' || path.startsWith(`${last.path}/`)) return last.claim;
      this.#open.pop();
    }
    return undefined;
  }

  #enter(path: string, modifiedMs: number): void {
    if (this.#open.some((directory) => directory.path === path)) return;
    const around = this.#leave(path);
    const claim = around === undefined ? undefined : this.gathering.claim(path, 'directory');
    this.#open.push({ path, claim });
    if (claim === undefined) return;
    this.gathering.take({ path, type: 'directory', figures: figuresOf({ sizeBytes: 0, modifiedMs }), claim });
  }

  /** Of a bad name, what the directory around it is wanted for. */
  #skip({ path, type }: RemoteEntry, reason: SkipReason, around: Claims): void {
    const own = this.gathering.claim(path, type === 'unreadable' ? 'directory' : 'file');
    const claim = reason === 'name' ? around : (own ?? this.gathering.claim(path, 'directory'));
    if (claim !== undefined) this.gathering.skip({ path, reason, claim });
  }
}

function reasonToSkip({ path, type }: RemoteEntry): SkipReason | undefined {
  if (path.includes('\uFFFD') || isTooLong(path)) return 'name';
  if (type === 'unreadable') return 'unreadable';
  return type === 'other' ? 'special' : undefined;
}

/** A file as the marks of a point are made of it. */
export function markedFile(entry: RemoteEntry): MarkedFile {
  return { path: entry.path, sizeBytes: entry.sizeBytes, mtimeNs: figuresOf(entry).mtimeNs };
}

function figuresOf({ sizeBytes, modifiedMs }: Pick<RemoteEntry, 'sizeBytes' | 'modifiedMs'>) {
  const mtimeNs = BigInt(secondOf({ modifiedMs })) * NS_PER_SECOND;
  return { sizeBytes: BigInt(sizeBytes), mtimeNs, ctimeNs: mtimeNs };
}
