/** Bounds on what one client may ask of the server. */
export interface HttpLimits {
  readonly bodyBytesMax: number;
  /** Length of path and query together, in characters. */
  readonly urlLengthMax: number;
  /** A request that takes longer is answered with 504, and its work is given up. */
  readonly requestSecondsMax: number;
  /** For one token, or one address where no valid token is given. Counted in each process by itself. */
  readonly requestsPerMinute: number;
  /** Streams of events that are open at a time, in this process. */
  readonly eventStreamsMax: number;
  /** Of those, for one principal. */
  readonly eventStreamsPerPrincipalMax: number;
  /** A stream is never silent for longer. */
  readonly eventHeartbeatSeconds: number;
  /** How often it is looked up whether the reader of a stream may still read it. */
  readonly eventRecheckSeconds: number;
  /** A reader that takes nothing for so long is let go. */
  readonly eventStuckSecondsMax: number;
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  bodyBytesMax: 1024 * 1024,
  urlLengthMax: 4096,
  requestSecondsMax: 30,
  requestsPerMinute: 6000,
  eventStreamsMax: 500,
  eventStreamsPerPrincipalMax: 20,
  eventHeartbeatSeconds: 15,
  eventRecheckSeconds: 3,
  eventStuckSecondsMax: 60,
};
