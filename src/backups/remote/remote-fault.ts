import { AppError } from '../../kernel/errors.ts';
import { repositoryUnavailable } from '../repository.identity.ts';

/** Why a remote store cannot be used, for programs. */
export type RemoteFaultCode =
  | 'name-not-resolved'
  | 'egress-refused'
  | 'connection-refused'
  | 'timed-out'
  | 'connection-lost'
  | 'host-key-differs'
  | 'certificate-refused'
  | 'authentication-refused'
  | 'clock-differs'
  | 'not-an-object-store'
  | 'served-elsewhere'
  | 'busy'
  | 'not-there'
  | 'not-a-directory'
  | 'no-permission-to-list'
  | 'no-permission-to-read'
  | 'no-permission-to-write'
  | 'disk-full'
  | 'input-output-error';

/** What is wrong with a remote store; for people, the message is the end of a sentence. Holds no secret. */
export class RemoteFault extends Error {
  readonly code: RemoteFaultCode;
  constructor(code: RemoteFaultCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Of these another try may show something else. */
const PASSING: ReadonlySet<RemoteFaultCode> = new Set([
  'name-not-resolved',
  'connection-refused',
  'timed-out',
  'connection-lost',
  'busy',
]);

/** The error of an operation of a store at this address. */
export function storeUnavailable(address: string, fault: RemoteFault): AppError {
  return repositoryUnavailable(address, fault.message, fault);
}

/** What lies behind the error of a store; undefined for other errors. */
export function faultOf(thrown: unknown): RemoteFault | undefined {
  if (thrown instanceof RemoteFault) return thrown;
  return thrown instanceof AppError && thrown.cause instanceof RemoteFault ? thrown.cause : undefined;
}

/** Whether there is no such file. */
export function isMissing(thrown: unknown): boolean {
  return (thrown as NodeJS.ErrnoException).code === 'ENOENT';
}

/** Whether the store may be back soon. */
export function isPassing(thrown: unknown): boolean {
  const fault = faultOf(thrown);
  return fault !== undefined && PASSING.has(fault.code);
}
