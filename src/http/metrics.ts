import type { ServerResponse } from 'node:http';
import { Histogram, type Registry } from 'prom-client';
import type { RequestContext } from './request-context.ts';

/** Measures a request that is over. */
export type MeasureRequest = (response: ServerResponse, context: RequestContext) => void;

/** Measures requests by method, route template and status. Paths themselves would make endless series. */
export function requestMetrics(registry: Registry): MeasureRequest {
  const duration = new Histogram({
    name: 'muster_http_request_duration_seconds',
    help: 'Time from the headers of a request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  return (response, context) => {
    const labels = { method: response.req.method ?? '', route: context.routeLabel, status: response.statusCode };
    duration.observe(labels, context.elapsedMs / 1000);
  };
}
