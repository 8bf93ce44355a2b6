import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { EgressResponse } from '../../egress/send.ts';
import { AppError } from '../../kernel/errors.ts';
import type { HttpProbe } from '../definition-http.ts';
import type { Recovery } from '../recovery.ts';
import type { DrillCheck } from '../run.ts';
import { judgeHttp } from './judge-http.ts';

/** Linux: opens what lies at a path without looking into it, a socket too. Node has no name for it. */
const O_PATH = 0o10000000;

/** What a probe is called in reports. A path or query of a URL may hold a token, so it is not in there. */
export function probeName({ name, service, path = '/', url }: HttpProbe): string {
  return name ?? (service === undefined ? new URL(url ?? '').origin : `${service} ${path}`);
}

/**
 * Asks once, and holds the answer against what is expected. Nothing of the answer's body is in what this returns.
 * @throws AppError as `Egress.request`; `unavailable` `service-not-listening`; the signal's reason.
 */
export async function probe(recovery: Recovery, wish: HttpProbe, signal: AbortSignal): Promise<DrillCheck[]> {
  return judgeHttp(probeName(wish), wish.expect, await answerOf(recovery, wish, signal));
}

/** Whether all that was expected was answered. */
export function passedAll(checks: readonly DrillCheck[]): boolean {
  return checks.every(({ result }) => result === 'passed');
}

async function answerOf(recovery: Recovery, wish: HttpProbe, signal: AbortSignal): Promise<EgressResponse> {
  const { egress } = recovery.deps;
  const { service, url = '', path = '/', method, headers, timeoutSeconds } = wish;
  const request = { method, headers, timeoutMs: timeoutSeconds * 1000, signal };
  if (service === undefined) return egress.request(url, request);
  const started = recovery.services.find(({ name }) => name === service);
  if (!started) throw notListening(service, 'it was not started');
  const socket = await openSocket(started.socket);
  if (socket === undefined) throw notListening(service, started.howEnded() ?? 'there is no socket');
  try {
    // By its descriptor: what the script puts in the socket's place meanwhile leads nowhere else.
    return await egress.requestOwn({ name: service, socketPath: `/proc/self/fd/${socket.fd}`, path }, request);
  } finally {
    await socket.close();
  }
}

async function openSocket(path: string) {
  const handle = await open(path, O_PATH | constants.O_NOFOLLOW).catch(() => undefined);
  if (handle === undefined || (await handle.stat()).isSocket()) return handle;
  await handle.close();
  return undefined;
}

function notListening(service: string, why: string): AppError {
  return new AppError('unavailable', 'service-not-listening', `The service ${service} does not listen: ${why}`);
}
