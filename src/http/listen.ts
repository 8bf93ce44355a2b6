import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { AppError } from '../kernel/errors.ts';
import { PROBLEM_TYPE } from './problem.ts';

/** A server that accepts connections. */
export interface Listening {
  /** The port that it really has, when 0 was asked for. */
  readonly port: number;
  /**
   * Accepts nothing more, lets requests in flight finish, closes idle connections. What is not finished in time is cut.
   * Answers whether everything finished. May be called again; then it waits for the same end.
   */
  readonly drain: (timeoutSeconds: number) => Promise<boolean>;
}

/** A client that sends its headers slower than this is let go; whole requests have the app's own limit. */
const HEADERS_SECONDS_MAX = 10;
const REQUEST_SECONDS_MAX = 120;

/** How often connections that became idle while draining are closed. */
const DRAIN_STEP_MS = 50;

/**
 * Starts to serve.
 * @throws AppError `unavailable`: `port-busy`, `port-forbidden` or `address-unknown`.
 */
export async function listen(
  app: RequestListener,
  where: { readonly host: string; readonly port: number },
): Promise<Listening> {
  const server = createServer(
    {
      headersTimeout: HEADERS_SECONDS_MAX * 1000,
      requestTimeout: REQUEST_SECONDS_MAX * 1000,
      connectionsCheckingInterval: 1000,
    },
    app,
  );
  server.on('clientError', answerBrokenRequest);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, where)));
    server.listen(where.port, where.host, resolve);
  });
  let draining: Promise<boolean> | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    drain: (timeoutSeconds) => {
      draining ??= drain(server, timeoutSeconds);
      return draining;
    },
  };
}

async function drain(server: Server, timeoutSeconds: number): Promise<boolean> {
  let finished = true;
  // A connection that is kept alive would otherwise bring new requests for ever.
  server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'));
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const idle = setInterval(() => server.closeIdleConnections(), DRAIN_STEP_MS);
  const late = setTimeout(() => {
    finished = false;
    server.closeAllConnections();
  }, timeoutSeconds * 1000);
  await closed;
  clearInterval(idle);
  clearTimeout(late);
  return finished;
}

/** What is not HTTP at all never reaches the app, so it is answered here, on the bare connection. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const { status, title, code, detail } = brokenRequest(error.code);
  const body = JSON.stringify({ type: '/api/docs#errors', title, status, detail, code });
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function brokenRequest(code: string | undefined) {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: 431,
        title: 'Headers too large',
        code: 'headers-too-large',
        detail: 'The headers are too large: shorten address or cookies',
      };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return {
        status: 408,
        title: 'Request too slow',
        code: 'request-too-slow',
        detail: 'The request did not arrive in time',
      };
    default:
      return {
        status: 400,
        title: 'Invalid request',
        code: 'malformed-request',
        detail: 'This is not a well-formed HTTP request',
      };
  }
}

function listenError(error: NodeJS.ErrnoException, { host, port }: { host: string; port: number }): Error {
  const unavailable = (code: string, message: string) => new AppError('unavailable', code, message, { cause: error });
  switch (error.code) {
    case 'EADDRINUSE':
      return unavailable(
        'port-busy',
        `Port ${port} on ${host} is in use: stop the other program, or choose another port with MUSTER_PORT`,
      );
    case 'EACCES':
      return unavailable(
        'port-forbidden',
        `Port ${port} may not be opened by this user: choose one above 1023 with MUSTER_PORT`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return unavailable('address-unknown', `${host} is no address of this machine: check MUSTER_HOST`);
    default:
      return error;
  }
}
