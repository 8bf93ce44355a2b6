import { type Api, answered, until } from './api.ts';
import type { SampleServices } from './services.ts';

/** A month: the pushed figures stay as they are while somebody looks around. */
const VALID_SECONDS = 31 * 86_400;

const LEVELS = [
  { level: 1, raise: 70, clear: 65 },
  { level: 2, raise: 80, clear: 75 },
  { level: 3, raise: 90, clear: 85 },
  { level: 4, raise: 98, clear: 95 },
] as const;

/** Rules over figures that something else pushes, such as the queue of a shop: one alert at each level. */
export async function pushSignals(api: Api, services: SampleServices): Promise<void> {
  const rule = (name: string, signal: string) =>
    answered(
      api.POST('/alert-rules', {
        body: {
          ...{ name, signal, direction: 'above', thresholds: [...LEVELS], overrides: [], enabled: true },
          ...{ raiseForSeconds: 0, clearForSeconds: 0, noData: { afterSeconds: 900, does: 'keep', level: null } },
        },
      }),
    );
  await rule('Sample: how full disks of servers are, in per cent', 'push:sample-disk-used');
  await rule('Sample: how long the queue of orders is', 'push:sample-queue');
  const reading = (name: string, label: string, value: number, serviceId: string) => ({
    ...{ name, labels: { of: label }, value, serviceId, validSeconds: VALID_SECONDS },
  });
  await answered(
    api.POST('/signals', {
      body: {
        readings: [
          reading('sample-disk-used', 'sample-host-01', 99, services.orders),
          reading('sample-disk-used', 'sample-host-02', 83, services.shop),
          reading('sample-disk-used', 'sample-host-03', 41, services.intranet),
          reading('sample-queue', 'orders', 92, services.orders),
          reading('sample-queue', 'letters', 72, services.intranet),
        ],
      },
    }),
  );
}

/** Waits for the pass of the minute that judges them, and takes one on. */
export async function awaitAlerts(api: Api): Promise<number> {
  const open = await until('alerts are open', async () => {
    const { items } = await answered(api.GET('/alerts', { params: { query: { state: 'open', limit: 100 } } }));
    return items.filter(({ signal }) => signal.startsWith('push:sample')).length >= 4 ? items : undefined;
  });
  const taken = open.find(({ signal }) => signal === 'push:sample-queue');
  if (taken !== undefined) {
    const body = { note: 'Sample: looking at it', remindAfterSeconds: 86_400 };
    await answered(
      api.POST('/alerts/{id}/acknowledge', {
        params: { path: { id: taken.id }, header: { 'If-Match': `"${taken.version}"` } },
        body,
      }),
    );
  }
  return open.length;
}
