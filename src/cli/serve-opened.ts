import type { Dependencies } from '../composition/dependencies.ts';
import { openDrills } from '../composition/drill-definitions.ts';
import { proveRecovery } from '../composition/first-proof.ts';
import { layFoundations } from '../composition/first-start.ts';
import type { Runtime } from '../composition/runtime.ts';
import { makeSamples } from '../composition/samples/make-samples.ts';
import { type Service, startService } from '../composition/service.ts';
import { messageOf } from '../kernel/errors.ts';
import { DEFAULT_TAG } from '../scheduling/queue-name.ts';
import { VERSION } from '../version.ts';
import { cardOf } from './card.ts';
import type { Output } from './output.ts';
import { signInLink } from './sign-in-link.ts';
import type { StopSignal } from './stop-signal.ts';

/** Runs the service on an opened installation until it is asked to stop. */
export async function serveOpened(runtime: Runtime, output: Output, stopping: StopSignal): Promise<void> {
  const { config } = runtime;
  let service: Service | undefined;
  try {
    const catalogue = await openDrills();
    const foundations = await layFoundations(runtime, catalogue.current());
    service = await startService(runtime, catalogue, { serve: true, tags: [DEFAULT_TAG, ...config.workerTags] });
    const { url, dependencies } = service;
    output.line(`Muster ${VERSION} listens on ${url} (data: ${config.dataDirectory})`);
    if (foundations.newAdminToken) output.line(`Admin token (for Authorization: Bearer): ${foundations.newAdminToken}`);
    if (process.stdout.isTTY) {
      output.line(`Sign in once at ${await signInLink(runtime.db, url, foundations.administratorsId)}`);
    }
    const { backupSet } = foundations;
    const { progress: onProgress, warn: onFailure } = output;
    await proveRecovery({ runtime, dependencies, backupSet, signal: stopping.signal, onProgress, onFailure });
    if (!stopping.signal.aborted) await showCard(output, dependencies, url);
    const onDone = (line: string) => output.line(line);
    await makeSamples({ dependencies, signal: stopping.signal, onDone, onFailure });
    await stopping.requested;
    output.progress('Muster is stopping ...');
  } finally {
    await service?.stop();
  }
}

/** The service is up, and stays up when its database is away at this very moment: the start page says the same as the card. */
async function showCard(output: Output, dependencies: Dependencies, url: string): Promise<void> {
  try {
    for (const line of await cardOf(dependencies, url)) output.line(line);
  } catch (thrown) {
    output.warn(`The card cannot be shown (${messageOf(thrown)}): see ${url}/`);
  }
}
