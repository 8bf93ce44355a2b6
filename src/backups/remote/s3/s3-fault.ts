import { messageOf } from '../../../kernel/errors.ts';
import { RemoteFault, type RemoteFaultCode } from '../remote-fault.ts';
import type { S3Place } from './s3-place.ts';

/** What the store answers to one request; says nothing of whether it can be used. `code` is what systems call it. */
export class S3Refusal extends Error {
  readonly code: 'ENOENT' | 'EACCES' | 'EIO';
  /** What S3 calls it; of an answer without a word, its status. */
  readonly answer: string;
  constructor(code: S3Refusal['code'], answer: string) {
    super(`the store answers ${answer}`);
    this.code = code;
    this.answer = answer;
  }
}

/** Whether this is one of these answers. */
export function isAnswer(thrown: unknown, ...answers: readonly string[]): boolean {
  return thrown instanceof S3Refusal && answers.includes(thrown.answer);
}

/** What S3 calls what concerns the whole store (Amazon S3 API, list of error codes), and what it is for people. */
const FAULTS: Readonly<Record<string, readonly [RemoteFaultCode, string]>> = {
  InvalidAccessKeyId: ['authentication-refused', 'the access key is not known there'],
  SignatureDoesNotMatch: ['authentication-refused', 'the secret does not belong to the access key'],
  InvalidToken: ['authentication-refused', 'the session token is not accepted'],
  ExpiredToken: ['authentication-refused', 'the session token has expired'],
  RequestTimeTooSkewed: ['clock-differs', 'the clock of this machine and that of the store differ by too much'],
  RequestExpired: ['clock-differs', 'the clock of this machine and that of the store differ by too much'],
  NoSuchBucket: ['not-there', 'the bucket is not there'],
  PermanentRedirect: ['served-elsewhere', 'the bucket is served at another endpoint'],
  TemporaryRedirect: ['served-elsewhere', 'the bucket is served at another endpoint'],
  Redirect: ['served-elsewhere', 'the bucket is served at another endpoint'],
  AuthorizationHeaderMalformed: ['served-elsewhere', 'the region is another one'],
  QuotaExceeded: ['disk-full', 'there is no room left'],
  XMinioStorageFull: ['disk-full', 'there is no room left'],
  InsufficientStorage: ['disk-full', 'there is no room left'],
  SlowDown: ['busy', 'the store asks to be left alone for a moment'],
  Throttling: ['busy', 'the store asks to be left alone for a moment'],
  RequestTimeout: ['connection-lost', 'the request did not arrive in time'],
};

/** Answers that tell by their status alone. */
const FAULTS_OF_STATUS: Readonly<Record<number, readonly [RemoteFaultCode, string]>> = {
  301: ['served-elsewhere', 'the bucket is served at another endpoint'],
  302: ['served-elsewhere', 'the bucket is served at another endpoint'],
  307: ['served-elsewhere', 'the bucket is served at another endpoint'],
  308: ['served-elsewhere', 'the bucket is served at another endpoint'],
  429: ['busy', 'the store asks to be left alone for a moment'],
  500: ['busy', 'the store has a failure of its own'],
  502: ['busy', 'the store cannot be reached behind its address'],
  503: ['busy', 'the store asks to be left alone for a moment'],
  504: ['busy', 'the store cannot be reached behind its address'],
  507: ['disk-full', 'there is no room left'],
};

const FAULTS_OF_CONNECTION: Readonly<Record<string, RemoteFaultCode>> = {
  ECONNREFUSED: 'connection-refused',
  ETIMEDOUT: 'timed-out',
  EHOSTUNREACH: 'connection-lost',
  ENETUNREACH: 'connection-lost',
  ECONNRESET: 'connection-lost',
  ECONNABORTED: 'connection-lost',
  EPIPE: 'connection-lost',
};

/** What OpenSSL and Node call certificates that prove nothing. */
const CERTIFICATE = /CERT|SIGNATURE|ISSUER|CRL|CHAIN|HOSTNAME_MISMATCH/;

/** What came of a request: a fault of the store, or what it answers. Of what the store writes only its codes are repeated. */
export function told(thrown: unknown, { endpoint }: S3Place): unknown {
  if (thrown instanceof RemoteFault || thrown instanceof S3Refusal) return thrown;
  const { name, code, $metadata } = thrown as Partial<S3Thrown>;
  const status = $metadata?.httpStatusCode;
  if (typeof code === 'string' && status === undefined) return connectionFault(code, endpoint);
  // What is no XML cannot be read; whoever answered so is something else.
  if (thrown instanceof SyntaxError || status === undefined || isUnread(thrown)) return noStore(endpoint, thrown);
  const answer = typeof name === 'string' && /^[A-Za-z][A-Za-z0-9]{2,63}$/.test(name) && name !== 'Unknown' ? name : '';
  const known = FAULTS[answer] ?? FAULTS_OF_STATUS[status];
  if (known !== undefined) return new RemoteFault(known[0], `${known[1]} (${answer === '' ? status : answer})`);
  return new S3Refusal(systemCode(answer, status), answer === '' ? String(status) : answer);
}

interface S3Thrown {
  readonly name: unknown;
  readonly code: unknown;
  readonly $metadata: { readonly httpStatusCode?: number };
  readonly $response: { readonly body?: unknown };
}

function systemCode(answer: string, status: number): S3Refusal['code'] {
  if (status === 404) return 'ENOENT';
  if (status === 401 || status === 403) return 'EACCES';
  return answer === 'InvalidObjectState' ? 'EACCES' : 'EIO';
}

function connectionFault(code: string, endpoint: string): RemoteFault {
  const known = FAULTS_OF_CONNECTION[code];
  if (known === 'connection-refused') return new RemoteFault(known, `nobody listens at ${endpoint}`);
  if (known !== undefined) return new RemoteFault(known, `the connection to ${endpoint} broke (${code})`);
  if (CERTIFICATE.test(code)) {
    return new RemoteFault(
      'certificate-refused',
      `the certificate of ${endpoint} does not prove who it is (${code}); one of a private authority needs NODE_EXTRA_CA_CERTS`,
    );
  }
  return notAStore(endpoint, code);
}

function isUnread(thrown: unknown): boolean {
  return /Deserialization error/.test(messageOf(thrown));
}

function noStore(endpoint: string, thrown: unknown): RemoteFault {
  return notAStore(endpoint, thrown instanceof Error ? thrown.name : 'no answer');
}

/** Whoever answers at an address, but not as a store does. */
export function notAStore(endpoint: string, why: string): RemoteFault {
  return new RemoteFault('not-an-object-store', `what answers at ${endpoint} speaks no S3 (${why})`);
}
