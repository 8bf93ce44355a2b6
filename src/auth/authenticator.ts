import type { Database } from '../database/database.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/log.ts';
import {
  authenticateDigest,
  type CredentialKind,
  type Identity,
  recordUse,
  unknownCredential,
} from './credential.queries.ts';

/**
 * How long an answer of the database is believed, counted from the question. So this, and the time of one query, is the
 * longest that a token, a session, a role or a principal goes on working after it was revoked, taken away or disabled,
 * whichever replica did it.
 */
const BELIEVED_MS_MAX = 1000;

/** Credentials remembered at once. The oldest entry makes room; it costs a query when it comes back. */
const REMEMBERED_MAX = 10_000;

/** How often the last uses are written. */
const FLUSH_SECONDS = 10;

interface Entry {
  /** Monotonic milliseconds at which the database was asked, so that the bound holds from before its answer. */
  readonly askedAtMs: number;
  readonly identity: Identity;
}

const KINDS = ['token', 'session'] as const satisfies readonly CredentialKind[];

/** By credential, in monotonic milliseconds: the cheapest clock there is, read at every request. */
const noUses = (): Record<CredentialKind, Map<string, number>> => ({ token: new Map(), session: new Map() });

/**
 * Says whose credential a request carries, at the cost of one query a second for each credential in use. Keeps the last
 * use of each and writes it in batches.
 */
export class Authenticator {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #known = new Map<string, Entry>();
  readonly #asking = new Map<string, Promise<Identity>>();
  readonly #timer: NodeJS.Timeout;
  #uses = noUses();

  constructor(dependencies: { readonly db: Database; readonly clock: Clock; readonly log: Logger }) {
    this.#db = dependencies.db;
    this.#clock = dependencies.clock;
    this.#log = dependencies.log;
    this.#timer = setInterval(() => void this.#flushOrWarn(), FLUSH_SECONDS * 1000);
    this.#timer.unref();
  }

  /**
   * The identity behind a secret's digest (`presentedDigest`: undefined for what can be no secret): at once when it was
   * looked up within the last second, else after one query.
   * @throws AppError `unauthenticated` (rejects); `unavailable` when the database is away.
   */
  identify(kind: CredentialKind, digest: string | undefined): Identity | Promise<Identity> {
    if (digest === undefined) return Promise.reject(unknownCredential(kind));
    const entry = this.#known.get(digest);
    if (entry && this.#clock.monotonicMs() - entry.askedAtMs < BELIEVED_MS_MAX) return this.#used(entry.identity);
    return this.#ask(kind, digest).then((identity) => this.#used(identity));
  }

  /** The id of a credential that was good when it was last looked up, however long ago: for counting, not for trust. */
  lastKnownId(digest: string): string | undefined {
    return this.#known.get(digest)?.identity.credentialId;
  }

  /** Writes the last uses that are not written yet. */
  async flush(): Promise<void> {
    const pending = this.#uses;
    if (pending.token.size + pending.session.size === 0) return;
    this.#uses = noUses();
    const originMs = this.#clock.now().epochMilliseconds - this.#clock.monotonicMs();
    try {
      await this.#db.transaction(async (tx) => {
        for (const kind of KINDS) {
          const usedAt = new Map([...pending[kind]].map(([id, atMs]) => [id, new Date(originMs + atMs)]));
          await recordUse(tx, kind, usedAt);
        }
      });
    } catch (thrown) {
      for (const kind of KINDS) this.#uses[kind] = new Map([...pending[kind], ...this.#uses[kind]]);
      throw thrown;
    }
  }

  /** Stops the timer and writes what is left. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  #used(identity: Identity): Identity {
    this.#uses[identity.kind].set(identity.credentialId, this.#clock.monotonicMs());
    return identity;
  }

  // Requests that come while the database is being asked wait for the same answer.
  #ask(kind: CredentialKind, digest: string): Promise<Identity> {
    const asking = this.#asking.get(digest);
    if (asking) return asking;
    const asked = this.#lookUp(kind, digest).finally(() => this.#asking.delete(digest));
    this.#asking.set(digest, asked);
    return asked;
  }

  async #lookUp(kind: CredentialKind, digest: string): Promise<Identity> {
    const askedAtMs = this.#clock.monotonicMs();
    try {
      const identity = await authenticateDigest(this.#db, kind, digest);
      this.#remember(digest, { askedAtMs, identity });
      return identity;
    } catch (thrown) {
      this.#known.delete(digest);
      throw thrown;
    }
  }

  #remember(digest: string, entry: Entry): void {
    this.#known.delete(digest);
    const oldest = this.#known.keys().next();
    if (this.#known.size >= REMEMBERED_MAX && !oldest.done) this.#known.delete(oldest.value);
    this.#known.set(digest, entry);
  }

  // The uses stay pending, so nothing is lost by a database that is away for a while; the next round writes them.
  async #flushOrWarn(): Promise<void> {
    try {
      await this.flush();
    } catch (err) {
      this.#log.warn({ err }, 'last uses not written; trying again later');
    }
  }
}
