import ipaddr from 'ipaddr.js';
import { AppError } from '../kernel/errors.ts';
import { type Address, parseAddress } from './address.ts';
import { canonicalHost, DEFAULT_PORTS, type Destination, parseAllowRule } from './allow-rule.ts';
import {
  describeDestination,
  type PinnedDestination,
  type Policy,
  pinDestination,
  type Resolve,
  systemResolve,
} from './pin.ts';
import { type EgressMethod, type EgressResponse, type Outgoing, sendPinned } from './send.ts';

export interface EgressOptions {
  /** The administrator's rules (see {@link parseAllowRule}); with none, nothing goes out. */
  readonly allowList: readonly string[];
  /** Certificates trusted besides Node's own, in PEM: those of a private authority. */
  readonly certificateAuthorities?: readonly string[];
  readonly resolve?: Resolve;
}

export interface EgressRequest {
  readonly method?: EgressMethod;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** For everything together, the look-up included; 10 s unless stated. */
  readonly timeoutMs?: number;
  /** 1 MiB unless stated. */
  readonly maxResponseBytes?: number;
  /** False: status and headers are all that is wanted, and the body is left unread, however large or slow it is. */
  readonly readBody?: boolean;
  readonly signal?: AbortSignal;
}

/** A server on a UNIX socket. */
interface OwnServer {
  /** For messages, and as the host of the request. */
  readonly name: string;
  readonly socketPath: string;
  /** Path and query of the request. */
  readonly path: string;
}

/** The only way out: every connection that Muster makes to somewhere else goes through one of these. */
export interface Egress {
  /**
   * Sends a request and reads the whole answer, or only its head where that is wanted. Redirects are answers like any other.
   * Errors and messages hold scheme, host and port only.
   *
   * @throws AppError `invalid` `egress-bad-request`; `forbidden` `egress-refused`; `unavailable` `egress-unresolved` or
   * `egress-failed`; `timeout` `egress-timeout`; `too-large` `egress-response-too-large`; the signal's reason.
   */
  request(url: string | URL, request?: EgressRequest): Promise<EgressResponse>;
  /**
   * The same, of a server that the run itself has started and that listens on a UNIX socket; messages call it by its name.
   *
   * @throws AppError as {@link request}, but for refusals.
   */
  requestOwn(server: OwnServer, request?: EgressRequest): Promise<EgressResponse>;
  /**
   * Looks up and judges a destination for a client that makes its own connection (SFTP, S3): it connects to these
   * addresses, and to nothing else.
   *
   * @throws AppError as {@link request}.
   */
  pin(to: Destination): Promise<PinnedDestination>;
  /** Certificates trusted besides Node's own, for clients that make their own connection. */
  readonly certificateAuthorities: readonly string[];
  /** Allows a port on which the run itself listens, until the returned function is called. */
  allowOwn(address: string, port: number): () => void;
}

const TIMEOUT_MS = 10_000;
const RESPONSE_BYTES_MAX = 1024 * 1024;

/** Headers that belong to the connection or to the destination, not to the caller. */
const RESERVED_HEADERS = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** @throws AppError `invalid` `bad-allow-rule` for a rule that cannot be read. */
export function createEgress(options: EgressOptions): Egress {
  const own = createOwnPorts();
  const policy: Policy = {
    rules: options.allowList.map(parseAllowRule),
    resolve: options.resolve ?? systemResolve,
    isOwn: own.has,
  };
  const pin = (to: Destination) => {
    const host = canonicalHost(to.host.includes(':') ? `[${to.host.replace(/^\[|\]$/g, '')}]` : to.host);
    if (host === undefined) throw badRequest(`${to.host} is no host`);
    return pinDestination({ ...to, host }, policy);
  };
  const certificateAuthorities = options.certificateAuthorities ?? [];
  return {
    certificateAuthorities,
    pin: async (to) => pin(to),
    allowOwn: own.allow,
    async request(url, request = {}) {
      const { to, path } = parseUrl(url);
      return within(to, request, async () => ({ to: await pin(to), path, certificateAuthorities }));
    },
    async requestOwn({ name, socketPath, path }, request = {}) {
      const to = { scheme: 'http', host: name, port: 80, addresses: [LOOPBACK] } as const;
      return within(to, request, async () => ({ to, path, socketPath, certificateAuthorities: [] }));
    },
  };
}

type Where = Pick<Outgoing, 'to' | 'path' | 'socketPath' | 'certificateAuthorities'>;

/** Sends a request to where the look-up says, all within the time of the request. */
async function within(to: Destination, request: EgressRequest, where: () => Promise<Where>): Promise<EgressResponse> {
  const { method = 'GET', body, maxResponseBytes = RESPONSE_BYTES_MAX, readBody = true } = request;
  const headers = checkedHeaders(request.headers ?? {});
  const limit = createLimit(to, request);
  try {
    return await limit.race(async (signal) =>
      sendPinned({ ...(await where()), method, headers, body, maxResponseBytes, readBody, signal }),
    );
  } finally {
    limit.end();
  }
}

/** What stands for the addresses of a server that has none. */
const LOOPBACK: Address = { text: '127.0.0.1', family: 4, judged: ipaddr.parse('127.0.0.1') };

function createOwnPorts() {
  const counts = new Map<string, number>();
  const keyOf = (address: Address, port: number) => `${address.judged.toNormalizedString()} ${port}`;
  const change = (key: string, by: number) => {
    const count = (counts.get(key) ?? 0) + by;
    if (count > 0) counts.set(key, count);
    else counts.delete(key);
  };
  return {
    has: (address: Address, port: number) => counts.has(keyOf(address, port)),
    allow(text: string, port: number) {
      const address = parseAddress(text);
      if (!address) throw badRequest(`${text} is no address: an own server is named by the address it listens on`);
      const key = keyOf(address, port);
      let released = false;
      change(key, 1);
      return () => {
        if (!released) change(key, -1);
        released = true;
      };
    },
  };
}

/** One time limit over look-up, connection, sending and reading. A look-up cannot be stopped, so it is raced. */
function createLimit(to: Destination, { timeoutMs = TIMEOUT_MS, signal }: EgressRequest) {
  const controller = new AbortController();
  const message = `${describeDestination(to)} did not answer within ${timeoutMs} ms`;
  const timer = setTimeout(() => controller.abort(new AppError('timeout', 'egress-timeout', message)), timeoutMs);
  const pass = () => controller.abort(signal?.reason);
  if (signal?.aborted) pass();
  signal?.addEventListener('abort', pass, { once: true });
  return {
    async race<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
      controller.signal.throwIfAborted();
      const aborted = new Promise<never>((_resolve, reject) => {
        controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true });
      });
      return Promise.race([work(controller.signal), aborted]);
    },
    end() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', pass);
    },
  };
}

function parseUrl(input: string | URL): { to: Destination; path: string } {
  const url = URL.parse(String(input));
  // The URL itself is never repeated: webhooks carry their token in the path.
  if (!url) throw badRequest('The address is no URL');
  const scheme = url.protocol.slice(0, -1);
  if (scheme !== 'http' && scheme !== 'https') throw badRequest(`Only http and https can be requested, not ${scheme}`);
  if (url.username !== '' || url.password !== '') throw badRequest('A URL must not hold a user or password');
  const port = url.port === '' ? DEFAULT_PORTS[scheme] : Number(url.port);
  if (!port) throw badRequest('The URL has no usable port');
  return { to: { scheme, host: url.hostname.replace(/^\[|\]$/g, ''), port }, path: `${url.pathname}${url.search}` };
}

function checkedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const checked: Record<string, string> = { 'user-agent': 'Muster', accept: '*/*' };
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(lower) || RESERVED_HEADERS.has(lower)) {
      throw badRequest(`The header ${JSON.stringify(name)} cannot be set`);
    }
    // The value may be a secret, so the message does not hold it.
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value))
      throw badRequest(`The value of the header ${name} holds control characters`);
    checked[lower] = value;
  }
  return checked;
}

function badRequest(message: string): AppError {
  return new AppError('invalid', 'egress-bad-request', message);
}
