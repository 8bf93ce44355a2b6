import { S3Client } from '@aws-sdk/client-s3';
import type { Egress } from '../../../egress/egress.ts';
import { patiently } from '../patience.ts';
import { faultOf } from '../remote-fault.ts';
import { isPath } from '../remote-path.ts';
import { S3Refusal, told } from './s3-fault.ts';
import { PinnedHandler } from './s3-handler.ts';
import type { S3Credentials, S3Place } from './s3-place.ts';

/** What requests need. */
export interface S3Access {
  readonly place: S3Place;
  readonly credentials: S3Credentials;
  readonly egress: Pick<Egress, 'pin'>;
  /** A server that answers nothing for so long is taken for gone. */
  readonly silentMsMax: number;
  /** Before a busy store is asked again; grows. */
  readonly pauseMs: number;
  /** A file that is larger is put in parts of so many bytes, which are held in memory one at a time. */
  readonly partBytes: number;
}

/** The requests to one bucket. */
export class S3Session {
  readonly access: S3Access;
  /** Whether a put may demand that nothing is there; some servers do not know that. */
  isConditional = true;
  readonly #client: S3Client;

  constructor(access: S3Access) {
    this.access = access;
    this.#client = newClient(access);
  }

  get bucket(): string {
    return this.access.place.bucket;
  }

  /**
   * Sends a request, again while the store is busy.
   * @throws RemoteFault; S3Refusal; the signal's reason.
   */
  ask<T>(
    signal: AbortSignal,
    question: (client: S3Client, options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    const attempt = async () => {
      signal.throwIfAborted();
      try {
        return await question(this.#client, { abortSignal: signal });
      } catch (thrown) {
        signal.throwIfAborted();
        throw told(thrown, this.access.place);
      }
    };
    const isWorthwhile = (thrown: unknown) => faultOf(thrown)?.code === 'busy';
    return patiently(attempt, { signal, pauseMs: this.access.pauseMs, isWorthwhile });
  }

  /** What all keys of the place begin with. */
  get root(): string {
    const { prefix } = this.access.place;
    return prefix === '' ? '' : `${prefix}/`;
  }

  /** @throws S3Refusal `ENOENT` for what is no path: nothing lies there. */
  keyOf(path: string): string {
    if (!isPath(path)) throw new S3Refusal('ENOENT', 'NoSuchKey');
    return this.root + path;
  }

  close(): void {
    this.#client.destroy();
  }
}

/** All that the SDK would otherwise take from the environment, from files or from the machine's cloud is stated. */
function newClient({ place, credentials: { sessionToken, ...key }, egress, silentMsMax }: S3Access): S3Client {
  return new S3Client({
    endpoint: place.endpoint,
    region: place.region,
    forcePathStyle: place.pathStyle,
    credentials: sessionToken === undefined ? key : { ...key, sessionToken },
    requestHandler: new PinnedHandler(place, egress, silentMsMax),
    // Who tries again is told why: see `patiently`.
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'standard',
    // Its checksums are newer than many servers; the signature covers the SHA-256 of all bytes.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    expectContinueHeader: false,
    followRegionRedirects: false,
    useArnRegion: false,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    useAccelerateEndpoint: false,
    disableMultiregionAccessPoints: true,
    disableS3ExpressSessionAuth: true,
    authSchemePreference: ['sigv4'],
    sigv4aSigningRegionSet: [place.region],
    userAgentAppId: 'muster',
    logger: SILENT,
  });
}

const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {
  // What matters is thrown.
}
