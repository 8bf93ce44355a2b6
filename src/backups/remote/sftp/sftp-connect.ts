import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { Client, type ServerHostKeyAlgorithm, type SFTPWrapper } from 'ssh2';
import type { Address } from '../../../egress/address.ts';
import type { Egress } from '../../../egress/egress.ts';
import type { PinnedDestination } from '../../../egress/pin.ts';
import { AppError, messageOf } from '../../../kernel/errors.ts';
import { RemoteFault, type RemoteFaultCode } from '../remote-fault.ts';
import type { SftpCredentials, SftpPlace } from './sftp-place.ts';

/** What a connection needs. */
export interface SftpAccess {
  readonly place: SftpPlace;
  readonly credentials: SftpCredentials;
  readonly egress: Pick<Egress, 'pin'>;
  /** A server that answers nothing for so long is taken for gone. */
  readonly silentMsMax: number;
}

/** An open connection. */
export interface SftpConnection {
  readonly client: Client;
  readonly socket: Socket;
  readonly sftp: SFTPWrapper;
}

/** A server has a key of each kind or of some, and only one of them is pinned: it is asked for one kind after the other. */
const KEY_KINDS: readonly (readonly ServerHostKeyAlgorithm[])[] = [
  ['ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
  ['rsa-sha2-512', 'rsa-sha2-256'],
];

/**
 * Connects, to the addresses that egress has judged and to no other, and logs in once the server has proven that it holds the
 * pinned key: nobody else is told anything.
 * @throws RemoteFault; the signal's reason.
 */
export async function connectSftp(access: SftpAccess, signal: AbortSignal): Promise<SftpConnection> {
  const { host, port, hostKey } = access.place;
  const to = await pinned(access);
  const presented: string[] = [];
  for (const algorithms of KEY_KINDS) {
    const socket = await answering(to, access.silentMsMax, signal);
    const outcome = await logIn(socket, access, algorithms, signal).catch((thrown: unknown) => {
      socket.destroy();
      throw thrown;
    });
    if ('sftp' in outcome) return outcome;
    socket.destroy();
    if (outcome.presented !== undefined) presented.push(outcome.presented);
  }
  const shown = presented.length === 0 ? 'none of a kind that is known here' : presented.join(', ');
  throw new RemoteFault(
    'host-key-differs',
    `the server at ${host}:${port} is not the one that was pinned: its host key must be ${hostKey}, and it presents ${shown}. Nothing was sent to it`,
  );
}

async function pinned({ place: { host, port }, egress }: SftpAccess): Promise<PinnedDestination> {
  try {
    return await egress.pin({ scheme: 'sftp', host, port });
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    throw new RemoteFault(thrown.code === 'egress-refused' ? 'egress-refused' : 'name-not-resolved', thrown.message);
  }
}

/** A connection to the first address where somebody listens. */
async function answering(to: PinnedDestination, timeoutMs: number, signal: AbortSignal): Promise<Socket> {
  let fault: RemoteFault | undefined;
  for (const address of to.addresses) {
    try {
      return await dial(address, to.port, timeoutMs, signal);
    } catch (thrown) {
      if (!(thrown instanceof RemoteFault)) throw thrown;
      fault ??= thrown;
    }
  }
  throw fault ?? new RemoteFault('name-not-resolved', `${to.host} leads to no address`);
}

function dial({ text }: Address, port: number, timeoutMs: number, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect({ host: text, port, noDelay: true, timeout: timeoutMs, signal });
  const where = `${text}, port ${port}`;
  socket.once('connect', () => {
    socket.setTimeout(0);
    resolve(socket);
  });
  socket.once('timeout', () => socket.destroy(new RemoteFault('timed-out', `${where}, does not answer`)));
  // It stays, so that no later error of the connection is nobody's.
  socket.on('error', (thrown: NodeJS.ErrnoException) => {
    if (signal.aborted) return reject(signal.reason);
    if (thrown instanceof RemoteFault) return reject(thrown);
    const code: RemoteFaultCode = DIAL_FAULTS[thrown.code ?? ''] ?? 'connection-lost';
    const what = code === 'connection-refused' ? 'nobody listens at' : 'no connection to';
    reject(new RemoteFault(code, `${what} ${where} (${thrown.code ?? messageOf(thrown)})`));
  });
  return promise;
}

const DIAL_FAULTS: Readonly<Record<string, RemoteFaultCode>> = {
  ECONNREFUSED: 'connection-refused',
  ETIMEDOUT: 'timed-out',
};

type LogIn = SftpConnection | { readonly presented: string | undefined };

function logIn(
  socket: Socket,
  access: SftpAccess,
  serverHostKey: readonly ServerHostKeyAlgorithm[],
  signal: AbortSignal,
): Promise<LogIn> {
  const { place, credentials, silentMsMax } = access;
  const { promise, resolve, reject } = Promise.withResolvers<LogIn>();
  const client = new Client();
  let presented: string | undefined;
  let isVerified = false;
  const onAbort = () => {
    socket.destroy();
    reject(signal.reason);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  client.on('ready', () => {
    client.sftp((thrown, sftp) => {
      if (thrown === undefined) resolve({ client, socket, sftp });
      else
        reject(new RemoteFault('authentication-refused', `the server offers ${place.user} no SFTP: ${thrown.message}`));
    });
  });
  client.on('error', (thrown) => {
    // Not one of these, or no key of this kind at all: the next kind may do.
    if (!isVerified && (presented !== undefined || /no matching host key/.test(thrown.message))) resolve({ presented });
    else reject(logInFault(thrown, place));
  });
  client.on('close', () => reject(new RemoteFault('connection-lost', 'the connection ended while it was made')));
  const hostVerifier = (key: Buffer) => {
    presented = `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
    isVerified = presented === place.hostKey;
    return isVerified;
  };
  try {
    client.connect({
      sock: socket,
      username: place.user,
      ...logInWith(credentials),
      hostVerifier,
      readyTimeout: silentMsMax,
      algorithms: { serverHostKey: [...serverHostKey] },
    });
  } catch (thrown) {
    reject(
      new RemoteFault(
        'authentication-refused',
        `what ${place.user} is to log in with is of no use: ${messageOf(thrown)}`,
      ),
    );
  }
  return promise.finally(() => signal.removeEventListener('abort', onAbort));
}

function logInWith(credentials: SftpCredentials) {
  if ('password' in credentials) return credentials;
  const { privateKey, passphrase } = credentials;
  return passphrase === undefined ? { privateKey } : { privateKey, passphrase };
}

function logInFault(thrown: Error & { readonly level?: string }, { user, host, port }: SftpPlace): RemoteFault {
  if (thrown.level === 'client-authentication') {
    return new RemoteFault(
      'authentication-refused',
      `the server does not let ${user} in: password or key is not accepted`,
    );
  }
  if (thrown.level === 'client-timeout') return new RemoteFault('timed-out', `${host}, port ${port}, does not answer`);
  return new RemoteFault(
    'connection-lost',
    `the connection to ${host}, port ${port}, could not be made: ${thrown.message}`,
  );
}
