import type { RequestHandler } from 'express';
import { Histogram, type Registry } from 'prom-client';
import { contextOf } from './request-context.ts';

/** Measures every request by method, route template and status. Paths themselves would make endless series. */
export function requestMetrics(registry: Registry): RequestHandler {
  const duration = new Histogram({
    name: 'muster_http_request_duration_seconds',
    help: 'Time from the headers of a request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  return (request, response, next) => {
    response.once('close', () => {
      const context = contextOf(request);
      const labels = { method: request.method, route: context.routeLabel, status: response.statusCode };
      duration.observe(labels, context.elapsedMs / 1000);
    });
    next();
  };
}
