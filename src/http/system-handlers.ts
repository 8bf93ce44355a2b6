import type { RequestHandler } from 'express';
import type { Permission } from '../auth/permissions.ts';
import { API_ROOT } from './api-root.ts';
import type { AppOptions } from './app-options.ts';
import { identify, requirePermission } from './credential.ts';
import { readinessProbe } from './health.ts';
import { openApiDocument } from './openapi.ts';
import { contextOf } from './request-context.ts';
import { type Answer, JSON_TYPE, send, sendProblem } from './respond.ts';
import type { ServerParts } from './server-parts.ts';

/** What the server says about itself, by path. The probes are public; the rest needs `system.read`. */
export function systemHandlers(options: AppOptions, parts: ServerParts): Readonly<Record<string, RequestHandler>> {
  const probe = readinessProbe(options.checks, () => options.clock.monotonicMs(), options.log);
  let openApi: string | undefined;
  const metricsPermission = options.metricsPublic ? undefined : 'system.read';
  return {
    '/livez': answering('/livez', parts, undefined, async () => json(200, { status: 'ok' })),
    '/readyz': answering('/readyz', parts, undefined, async () => {
      const readiness = await probe();
      return json(readiness.ready ? 200 : 503, readiness);
    }),
    '/metrics': answering('/metrics', parts, metricsPermission, async () => ({
      status: 200,
      contentType: options.metrics.contentType,
      content: await options.metrics.metrics(),
    })),
    [`${API_ROOT}/openapi.json`]: answering('/openapi.json', parts, 'system.read', async () => {
      // Made when it is first asked for: it takes longer than all else that a start does here.
      openApi ??= JSON.stringify(openApiDocument(options.routes, { version: options.version }));
      return { status: 200, contentType: JSON_TYPE, content: openApi };
    }),
  };
}

function answering(
  label: string,
  parts: ServerParts,
  permission: Permission | undefined,
  answer: () => Promise<Answer>,
): RequestHandler {
  return async (request, response) => {
    const context = contextOf(request);
    context.routeLabel = label;
    try {
      if (permission !== undefined) {
        context.identity = await identify(parts.authenticator, context.credential);
        requirePermission(context.identity, permission);
      }
      send(response, await answer());
    } catch (thrown) {
      sendProblem(response, thrown, parts.log);
    }
  };
}

function json(status: number, body: unknown): Answer {
  return { status, contentType: JSON_TYPE, content: JSON.stringify(body) };
}
