import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { AppError } from '../kernel/errors.ts';
import { parseAddress } from './address.ts';
import { describeDestination, type PinnedDestination, pinnedLookup } from './pin.ts';

export type EgressMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A request to a pinned destination. */
export interface Outgoing {
  readonly to: PinnedDestination;
  /** Path and query. */
  readonly path: string;
  readonly method: EgressMethod;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
  readonly maxResponseBytes: number;
  readonly readBody: boolean;
  readonly signal: AbortSignal;
  /** Of a server that the run itself has started: the UNIX socket on which it listens, in the place of the addresses. */
  readonly socketPath?: string;
  /** Certificates trusted besides Node's own, in PEM. */
  readonly certificateAuthorities: readonly string[];
}

/** An answer, whatever its status: a redirect is an answer too, and nobody follows it. */
export interface EgressResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * Sends one request over a connection of its own, to the pinned addresses only. TLS checks the certificate against the
 * name, not against the address.
 *
 * @throws AppError `too-large` `egress-response-too-large`; `unavailable` `egress-failed`, with the system's error code
 * and nothing that was sent or received; the signal's reason when it is aborted.
 */
export async function sendPinned(outgoing: Outgoing): Promise<EgressResponse> {
  const request = open(outgoing);
  try {
    const response = await answerOf(request, outgoing.body);
    const body = outgoing.readBody ? await bodyOf(response, outgoing) : Buffer.alloc(0);
    return { status: response.statusCode ?? 0, headers: response.headers, body };
  } catch (thrown) {
    outgoing.signal.throwIfAborted();
    // The cause stays behind on purpose: a parser's error carries the bytes that it could not parse.
    throw thrown instanceof AppError ? thrown : failed(outgoing.to, thrown);
  } finally {
    request.destroy();
  }
}

function open(outgoing: Outgoing): ClientRequest {
  const { to, signal } = outgoing;
  const options = {
    method: outgoing.method,
    ...(outgoing.socketPath === undefined ? hostAndPort(to) : { socketPath: outgoing.socketPath }),
    path: outgoing.path,
    headers: { ...outgoing.headers, host: hostHeader(to) },
    // No agent: a kept connection may belong to another answer of the resolver.
    agent: false as const,
    signal,
    maxHeaderSize: 16 * 1024,
    insecureHTTPParser: false,
  };
  if (to.scheme === 'http') return requestHttp(options);
  const ca = outgoing.certificateAuthorities;
  return requestHttps({ ...options, rejectUnauthorized: true, ...(ca.length === 0 ? {} : { ca: [...ca] }) });
}

/** An address goes to the socket as it was judged; a name goes through the lookup. */
function hostAndPort(to: PinnedDestination) {
  return {
    host: isAddress(to) ? to.addresses[0].text : to.host,
    port: to.port,
    lookup: pinnedLookup(() => to),
  };
}

function answerOf(request: ClientRequest, body: Outgoing['body']): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject);
    // Without a listener, an answer that switches protocols would end the request in silence.
    request.once('upgrade', () => reject(new Error('the server switched protocols')));
    request.once('close', () => reject(new Error('the connection ended without an answer')));
    request.end(body);
  });
}

async function bodyOf(response: IncomingMessage, { to, method, maxResponseBytes }: Outgoing): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  // An honest server says beforehand; the answer to HEAD states a length that does not come.
  if (method !== 'HEAD' && Number(response.headers['content-length']) > maxResponseBytes) {
    throw tooLarge(to, maxResponseBytes);
  }
  for await (const chunk of response as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxResponseBytes) throw tooLarge(to, maxResponseBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const isAddress = (to: PinnedDestination) => parseAddress(to.host) !== undefined;

function hostHeader(to: PinnedDestination): string {
  const host = to.host.includes(':') ? `[${to.host}]` : to.host;
  const isDefault = to.port === (to.scheme === 'http' ? 80 : 443);
  return isDefault ? host : `${host}:${to.port}`;
}

function tooLarge(to: PinnedDestination, maxResponseBytes: number): AppError {
  const message = `The answer of ${describeDestination(to)} is larger than ${maxResponseBytes} bytes`;
  return new AppError('too-large', 'egress-response-too-large', message);
}

function failed(to: PinnedDestination, thrown: unknown): AppError {
  const { code } = thrown as { code?: unknown };
  const reason = typeof code === 'string' ? code : 'the connection ended early';
  return new AppError('unavailable', 'egress-failed', `${describeDestination(to)} did not answer: ${reason}`);
}
