import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { eventually } from './eventually.ts';
import { copyData, endProcessesBelow, type Installation } from './installation.ts';
import { startService } from './service.ts';

const MAKING_SECONDS_MAX = 120;

/**
 * Gives an installation the data directory of a service that has been through its first start (backup, check and drill) and
 * was stopped. The first caller of the whole test run makes it; it takes as long as a first start. Moving a data directory is
 * allowed, so the copy is as good as the original.
 */
export async function furnish(installation: Installation): Promise<void> {
  const root = join(inject('runDirectory'), 'furnished');
  const template = { root, data: join(root, 'data'), run: join(root, 'run') };
  const isMine = await mkdir(root).then(
    () => true,
    () => false,
  );
  if (isMine) await make(template);
  await eventually('the furnished data directory is ready', MAKING_SECONDS_MAX, () => {
    if (existsSync(join(root, 'failed'))) throw new Error('The first start that all files copy failed in another file');
    return existsSync(join(root, 'ready')) || undefined;
  });
  await copyData(template.data, installation.data);
}

async function make(template: Installation): Promise<void> {
  try {
    await mkdir(template.run);
    const service = await startService(template, { until: 'card' });
    const exit = await service.stop();
    if (exit.code !== 0) throw new Error(`It did not stop in order (${JSON.stringify(exit)}): ${service.stderr()}`);
    await writeFile(join(template.root, 'ready'), '');
  } catch (thrown) {
    await endProcessesBelow(template.root);
    await writeFile(join(template.root, 'failed'), '');
    throw thrown;
  }
}
