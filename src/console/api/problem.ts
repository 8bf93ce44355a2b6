import type { components } from './api.generated.d.ts';

/** What the server answers when something is wrong (RFC 9457). */
export type Problem = components['schemas']['Problem'];

/** A refusal of the server, or that it could not be reached. Every read and write of the console rejects with it. */
export class ProblemError extends Error {
  /** 0 when no answer came. */
  readonly status: number;
  /** Undefined when no answer came, or none that this server makes. */
  readonly problem: Problem | undefined;
  /** When the server says that the same may be tried again. */
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, problem: Problem | undefined, retryAfterSeconds?: number) {
    super(problem?.detail ?? `HTTP ${status}`);
    this.status = status;
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** The stable code of the refusal, such as `below-reserve`; undefined when the server gave none. */
  get code(): string | undefined {
    return this.problem?.code;
  }

  /** The answer never came: what was asked for may have happened or not. */
  get isUnreachable(): boolean {
    return this.status === 0;
  }
}

/** What a failed answer holds, whatever stood between us and the server. */
export function problemErrorOf({ status, headers }: Pick<Response, 'status' | 'headers'>, body: unknown): ProblemError {
  const isProblem = typeof body === 'object' && body !== null && 'detail' in body;
  const waitSeconds = Number(headers.get('retry-after') ?? Number.NaN);
  return new ProblemError(
    status,
    isProblem ? (body as Problem) : undefined,
    waitSeconds >= 0 ? waitSeconds : undefined,
  );
}
