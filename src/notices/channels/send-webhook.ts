import type { Egress } from '../../egress/egress.ts';
import type { EgressResponse } from '../../egress/send.ts';
import { AppError, messageOf } from '../../kernel/errors.ts';
import { type AttemptResult, retryAfterOf } from './back-off.ts';
import { signedHeaders } from './webhook-signature.ts';

/** A message as it is to be posted. */
export interface WebhookMessage {
  readonly url: string;
  /** The present one first. */
  readonly secrets: readonly string[];
  readonly id: string;
  /** When this attempt began, in milliseconds since 1970: receivers refuse what is minutes old. */
  readonly atMs: number;
  readonly body: string;
  readonly expectBody: string | null;
}

/** An answer that is read is read so far; a longer one is not what was expected. */
const ANSWER_BYTES_MAX = 64 * 1024;

/** The receiver as a whole cannot take messages: too many requests, or whatever stands before it does not reach it. */
const CHANNEL_WIDE = new Set([429, 502, 503, 504]);

/**
 * Posts a message once. What was answered counts by its status alone, and the body is left unread, unless the channel expects
 * something of it: a receiver that took the message must not get it again because its answer is slow or large.
 * What cannot be reached is a result, too: it throws for a bug alone.
 */
export async function sendWebhook(egress: Egress, message: WebhookMessage, timeoutMs: number): Promise<AttemptResult> {
  const { id, atMs, body, expectBody } = message;
  const signed = signedHeaders(message.secrets, { id, timestampSeconds: Math.floor(atMs / 1000), body });
  try {
    const response = await egress.request(message.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...signed },
      body,
      timeoutMs,
      readBody: expectBody !== null,
      maxResponseBytes: ANSWER_BYTES_MAX,
    });
    return resultOf(response, expectBody, atMs);
  } catch (thrown) {
    return unanswered(thrown);
  }
}

function resultOf({ status, headers, body }: EgressResponse, expectBody: string | null, nowMs: number): AttemptResult {
  const answered = { status, isChannelWide: false } as const;
  if (status >= 200 && status <= 299) {
    if (expectBody === null || body.includes(expectBody)) {
      return { ...answered, outcome: 'delivered', detail: `answered ${status}` };
    }
    return { ...answered, outcome: 'failed', detail: `answered ${status}, without the text that the channel expects` };
  }
  if (status === 410) return { ...answered, outcome: 'gone', detail: 'answered 410: it wants no messages any more' };
  if (status >= 300 && status <= 399) {
    return { ...answered, outcome: 'failed', detail: `answered ${status}: redirects are not followed` };
  }
  return {
    ...answered,
    outcome: 'failed',
    detail: `answered ${status}`,
    isChannelWide: CHANNEL_WIDE.has(status),
    retryAfterSeconds: status === 429 || status === 503 ? retryAfterOf(headers['retry-after'], nowMs) : undefined,
  };
}

/** Messages of egress hold scheme, host, port and an error code: nothing that was sent or received. */
function unanswered(thrown: unknown): AttemptResult {
  const isKnown = thrown instanceof AppError;
  if (!isKnown) throw thrown;
  // The receiver did answer, with too much of what the channel wanted to read.
  const isChannelWide = thrown.code !== 'egress-response-too-large';
  return { outcome: 'failed', status: null, detail: messageOf(thrown), isChannelWide };
}
