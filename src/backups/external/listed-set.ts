import { createHash } from 'node:crypto';
import type { ExternalSet } from '../backup-catalogue.ts';
import { type PassedOver, UNREADABLE_MAX } from './set-listing.ts';

/** What the thread that lists a repository tells of one set when it is through. */
export interface SetListed {
  /** SHA-256 over all that was seen. */
  readonly digest: Uint8Array;
  readonly passedOver: PassedOver;
}

/** What is known so far of one listing of one set: where it could not look, and at the end the hash over all it saw. */
export class ListedSet {
  readonly set: ExternalSet;
  readonly #unreadable: string[] = [];
  #listed: SetListed | undefined;
  /** More files than can be held: nothing may be concluded about the set. */
  hasOverflowed = false;

  constructor(set: ExternalSet) {
    this.set = set;
  }

  /** Takes what is said of the set on the way. */
  note({
    unreadable,
    hasOverflowed,
  }: {
    readonly unreadable: readonly string[];
    readonly hasOverflowed: boolean;
  }): void {
    this.#unreadable.push(...unreadable);
    this.hasOverflowed = hasOverflowed;
  }

  end(listed: SetListed): void {
    this.#listed = listed;
  }

  /** Whether more of this point may lie where nobody could look: then nothing is concluded about it. */
  isInDoubt(name: string): boolean {
    if (this.hasOverflowed || this.#unreadable.length > UNREADABLE_MAX) return true;
    if (this.set.external.layout === 'files') return this.#unreadable.length > 0;
    return this.#unreadable.some(
      (path) => path === name || name.startsWith(`${path}/`) || path.startsWith(`${name}/`) || path === '',
    );
  }

  /** Empty until the listing is over. */
  passedOver(): PassedOver {
    return this.#listed?.passedOver ?? {};
  }

  /** SHA-256 over all that was seen, and over what the catalogue said then. */
  digest(pointCounts: string): Buffer {
    if (this.#listed === undefined) throw new Error(`the listing of ${this.set.name} is not over`);
    return createHash('sha256').update(this.#listed.digest).update(pointCounts).digest();
  }
}
