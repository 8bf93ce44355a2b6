/** Bounds on what one client may ask of the server. */
export interface HttpLimits {
  readonly bodyBytesMax: number;
  /** Length of path and query together, in characters. */
  readonly urlLengthMax: number;
  /** A request that takes longer is answered with 504, and its work is given up. */
  readonly requestSecondsMax: number;
  /** For one token, or one address where no valid token is given. Counted in each process by itself. */
  readonly requestsPerMinute: number;
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  bodyBytesMax: 1024 * 1024,
  urlLengthMax: 4096,
  requestSecondsMax: 30,
  requestsPerMinute: 6000,
};
