import type { ServerResponse } from 'node:http';
import type { Logger } from '../kernel/log.ts';
import { redactUrl } from './redact-url.ts';
import type { RequestContext } from './request-context.ts';

/** What probes ask for all day long: logged at `debug` while it goes well. */
const QUIET_PATHS = new Set(['/livez', '/readyz', '/metrics']);

/** Writes the line of a request that is over. */
export type LogRequest = (response: ServerResponse, context: RequestContext) => void;

/**
 * One line a request, with neither its headers nor its body. Its fields are known and cleaned here, so it goes without
 * the search for secrets that other lines pass through.
 */
export function accessLog(log: Logger): LogRequest {
  const plain = log.child({}, { redact: [] });
  return (response, context) => writeLine(plain, response, context);
}

function writeLine(log: Logger, response: ServerResponse, context: RequestContext): void {
  const { req: request, statusCode: status } = response;
  const line = {
    requestId: context.requestId,
    method: request.method,
    url: redactUrl(request.url ?? ''),
    status,
    ms: Math.round(context.elapsedMs * 10) / 10,
    principal: context.identity?.principal.name,
  };
  if (!response.writableFinished) log.info(line, 'request aborted');
  else if (status >= 500) log.error(line, 'request failed');
  else if (status < 400 && QUIET_PATHS.has(context.path)) log.debug(line, 'request completed');
  else log.info(line, 'request completed');
}
