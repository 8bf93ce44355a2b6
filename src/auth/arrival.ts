/** From where somebody works. */
export interface Client {
  /** The IP address, for people. */
  readonly address: string;
  /** The same for counting tries: of IPv6 the part that one customer of a provider has. */
  readonly network: string;
  /** What the browser says that it is; at most 200 printable characters. */
  readonly agent: string | null;
}

/** How a request to sign in arrives. */
export interface Arrival {
  readonly client: Client;
  readonly requestId: string;
  /** The digest of the session that the browser has already: signing in ends it. */
  readonly presented: string | undefined;
}
