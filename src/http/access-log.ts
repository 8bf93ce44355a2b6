import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import { pinoHttp } from 'pino-http';
import { redactSecrets } from '../auth/secret.ts';
import type { Logger } from '../kernel/log.ts';
import { contextOf } from './request-context.ts';

/** Query parameters whose values are never logged, beside anything that looks like a secret of ours. */
const SECRET_PARAMETERS = /([?&](?:token|secret|key|password|signature)=)[^&]*/gi;

/** What probes ask for all day long: logged at `debug` while it goes well. */
const QUIET_PATHS = new Set(['/livez', '/readyz', '/metrics']);

/** One line for each request, when it is over. */
export function accessLog(log: Logger): RequestHandler {
  const describe = (request: IncomingMessage, response: ServerResponse) => {
    const context = contextOf(request);
    return {
      method: request.method,
      url: redactUrl(request.url ?? ''),
      status: response.statusCode,
      ms: Math.round(context.elapsedMs * 10) / 10,
      principal: context.identity?.principal.name,
    };
  };
  return pinoHttp({
    logger: log,
    genReqId: (request) => contextOf(request).requestId,
    customAttributeKeys: { reqId: 'requestId' },
    // Without these, every line carries all headers of request and response.
    quietReqLogger: true,
    quietResLogger: true,
    wrapSerializers: false,
    serializers: { req: () => undefined },
    customLogLevel: levelOf,
    customSuccessObject: describe,
    customErrorObject: describe,
    customErrorMessage: () => 'request failed',
  });
}

/** A path and query without secrets. */
export function redactUrl(url: string): string {
  return redactSecrets(url.includes('?') ? url.replaceAll(SECRET_PARAMETERS, '$1[redacted]') : url);
}

function levelOf(request: IncomingMessage, response: ServerResponse): 'error' | 'info' | 'debug' {
  if (response.statusCode >= 500) return 'error';
  return QUIET_PATHS.has(contextOf(request).path) && response.statusCode < 400 ? 'debug' : 'info';
}
