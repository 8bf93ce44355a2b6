import { parentPort } from 'node:worker_threads';
import { messageOf } from '../../kernel/errors.ts';
import { FileStats } from './file-stats.ts';
import { type GatheringNews, type GatheringTask, RepositoryGathering } from './repository-gathering.ts';
import { listRepository } from './repository-listing.ts';

/** What the thread is told: one listing. */
export interface ListingTask extends GatheringTask {
  /** Real path of the repository. */
  readonly root: string;
  /** How many messages were taken: the thread is never far ahead of who listens. */
  readonly taken: SharedArrayBuffer;
}

/** What the thread says. */
export type ListingMessage = GatheringNews | { readonly kind: 'failed'; readonly message: string };

/** It says something after so many names, and after so long. */
const TELL = { names: 1000, ms: 5000 } as const;

/** So many messages may wait to be taken. */
const UNTAKEN_MAX = 2;

/** Kept from one listing to the next. */
const STATS = new FileStats();

function say(message: ListingMessage): void {
  const buffers = message.kind === 'listed' ? message.sets.flatMap(({ points }) => points ?? []) : [];
  const transferred = buffers.flatMap(({ figures, marks, pathBytes }) => [
    figures.buffer,
    marks.buffer,
    pathBytes.buffer,
  ]);
  parentPort?.postMessage(message, transferred);
}

class Listing {
  readonly #root: string;
  readonly #gathering: RepositoryGathering;
  readonly #taken: Int32Array;
  #said = 0;

  constructor(task: ListingTask) {
    this.#root = task.root;
    this.#gathering = new RepositoryGathering(task);
    this.#taken = new Int32Array(task.taken);
  }

  list(): ListingMessage {
    let names = 0;
    let toldMs = performance.now();
    for (const _ of this.#walk()) {
      names += 1;
      // The time is asked for now and then: that costs something, too.
      const isLong = names % 16 === 0 && performance.now() - toldMs > TELL.ms;
      if (names % TELL.names !== 0 && !isLong) continue;
      this.#tell();
      toldMs = performance.now();
    }
    this.#gathering.finish();
    this.#tell();
    return this.#gathering.end();
  }

  #walk(): Generator<void> {
    const { claim, skip: onSkipped, take: onEntry } = this.#gathering;
    return listRepository({ root: this.#root, stats: STATS, claim, onSkipped, onEntry });
  }

  /** Says what was found, and waits while too much of that was not taken. */
  #tell(): void {
    say(this.#gathering.news());
    this.#said += 1;
    for (;;) {
      const taken = Atomics.load(this.#taken, 0);
      if (this.#said - taken <= UNTAKEN_MAX) return;
      Atomics.wait(this.#taken, 0, taken);
    }
  }
}

parentPort?.on('message', (task: ListingTask) => {
  try {
    say(new Listing(task).list());
  } catch (thrown) {
    say({ kind: 'failed', message: messageOf(thrown) });
  }
});
