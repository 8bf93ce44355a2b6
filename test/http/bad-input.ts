import type { RequestListener } from 'node:http';
import { Agent, request as send } from 'node:http';
import { makeSecret } from '../../src/auth/secret.ts';
import { API_ROOT } from '../../src/http/api-root.ts';
import { PROBLEM_TYPE } from '../../src/http/problem.ts';
import type { Route } from '../../src/http/route.ts';
import { type BadRequest, badRequests, type KnownParams, soundRequest } from './bad-input.cases.ts';
import { serving } from './support.ts';

/** Requests under way at once. */
const PARALLEL = 6;

/** An answer that takes longer is a hang. */
const ANSWER_SECONDS_MAX = 10;

export interface BadInputRun {
  /** How many requests were sent. */
  readonly sent: number;
  /** What was answered other than it must be: `operationId: what was sent: what came`. */
  readonly failures: readonly string[];
}

/** Who sends the bad input. */
export interface BadInputCallers {
  /** `Authorization` of somebody who may use every route: nothing must be refused for want of a permission. */
  readonly allowed: string;
  /** `Authorization` of somebody who may do nothing at all. */
  readonly powerless: string;
}

/**
 * Sends every route everything wrong that its schemas let one think of, and credentials that are not good for it.
 * Every answer must come in time, below 500, as a problem document, naming the field that is wrong.
 */
export async function sendBadInput(
  app: RequestListener,
  routes: readonly Route[],
  callers: BadInputCallers,
  known: KnownParams = {},
): Promise<BadInputRun> {
  const requests = routes.flatMap((route) => [
    ...badRequests(route, known).map((bad) => ({ route, bad, authorization: callers.allowed })),
    ...foreignCallers(route, callers, known),
  ]);
  const failures: string[] = [];
  await serving(app, async (port) => {
    const agent = new Agent({ keepAlive: true, maxSockets: PARALLEL });
    const queue = requests.values();
    const work = async () => {
      for (const { route, bad, authorization } of queue) {
        const complaint = complaintOf(bad, await answerTo(port, agent, route, bad, authorization));
        if (complaint) failures.push(`${route.operationId}: ${bad.title}: ${complaint}`);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
    agent.destroy();
  });
  return { sent: requests.length, failures };
}

function foreignCallers(route: Route, { powerless }: BadInputCallers, known: KnownParams) {
  if (route.kind === 'public') return [];
  const { url } = soundRequest(route, known);
  const attempt = (title: string, authorization: string | undefined, status: number) => ({
    route,
    bad: { title, url, headers: {}, status } satisfies BadRequest,
    authorization,
  });
  return [
    attempt('no token', undefined, 401),
    attempt('a token of nobody', `Bearer ${makeSecret('token')}`, 401),
    attempt('a session as a token', `Bearer ${makeSecret('session')}`, 401),
    attempt('an empty token', 'Bearer ', 401),
    attempt('another scheme', 'Basic YWRtaW46YWRtaW4=', 401),
    attempt('a token without the permission', powerless, 403),
  ];
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

function answerTo(
  port: number,
  agent: Agent,
  route: Route,
  bad: BadRequest,
  authorization: string | undefined,
): Promise<Answer | string> {
  return new Promise((resolve) => {
    const body = bad.body === undefined ? undefined : Buffer.from(bad.body);
    const headers = {
      ...bad.headers,
      ...(authorization === undefined ? {} : { authorization }),
      ...(body === undefined ? {} : { 'content-length': body.byteLength }),
    };
    const path = API_ROOT + bad.url;
    const signal = AbortSignal.timeout(ANSWER_SECONDS_MAX * 1000);
    const request = send(
      { port, host: '127.0.0.1', agent, method: route.method, path, headers, signal },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', (error) => resolve(error.message));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers['content-type'] ?? '',
            text: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    request.on('error', (error) => resolve(error.message));
    request.end(body);
  });
}

/** What is wrong with an answer; undefined when it is as it must be. */
function complaintOf(bad: BadRequest, answer: Answer | string): string | undefined {
  if (typeof answer === 'string') return `no answer: ${answer}`;
  const came = `${answer.status} ${answer.text.slice(0, 300)}`;
  if (answer.status >= 500) return came;
  const mustRefuse = bad.field !== undefined || bad.status !== undefined;
  if (answer.status < 400) return mustRefuse ? `accepted: ${came}` : undefined;
  if (answer.type !== PROBLEM_TYPE) return `no problem document: ${came}`;
  if (bad.status !== undefined && answer.status !== bad.status) return `not ${bad.status}: ${came}`;
  const { code, fields = [] } = JSON.parse(answer.text) as { code?: string; fields?: { field: string }[] };
  if (!code) return `no code: ${came}`;
  if (bad.field === undefined) return undefined;
  return fields.some(({ field }) => isAt(field, bad.field ?? '')) ? undefined : `does not name ${bad.field}: ${came}`;
}

/** Whether a named field is the one that was changed, lies inside it, or holds it: rules about several fields name their object. */
function isAt(named: string, changed: string): boolean {
  return named === changed || named.startsWith(`${changed}/`) || changed.startsWith(`${named}/`);
}
