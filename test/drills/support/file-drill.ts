import { createHash } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll } from 'vitest';
import type { z } from 'zod';
import { repositoryById } from '../../../src/backups/repository.queries.ts';
import type { stepSchema } from '../../../src/drills/definition-steps.ts';
import { findEvidence } from '../../../src/drills/evidence.store.ts';
import { type DrillReport, reportSchema } from '../../../src/drills/report.ts';
import { requireIsolation } from '../../../src/drills/script/isolation.ts';
import { useVerificationWorld } from '../../backups/external/support/verification-world.ts';
import { tarOf } from '../../verification/support/tar-making.ts';
import { FETCH_VERIFY_EXTRACT, useDrilling } from './drilling.ts';

type Step = z.input<typeof stepSchema>;

/** How a machine can run scripts. */
const isolation = await requireIsolation().then(
  () => 'namespaces' as const,
  () => 'none' as const,
);

/** Drills of one small tree of files, an hour old: `etc/hosts`, `etc/passwd` and `readme`. */
export function useFileDrill(entities: Parameters<typeof useVerificationWorld>[0] = []) {
  const world = useVerificationWorld(entities);
  const drilling = useDrilling(() => world.database.service);
  let set = '';
  let path = '';
  let repositoryName = '';

  beforeAll(async () => {
    const repository = await world.newRepository();
    repositoryName = repository.name;
    const made = await world.newSet(repository);
    const { root } = await repositoryById(drilling.db, made.repositoryId);
    set = made.name;
    path = join(root, 'tree.tar');
    await writeFile(path, TREE);
    await world.register(made, 'tree.tar', { taken_at: new Date(Date.now() - 3_600_000) });
    await mkdir(join((await drilling.deps()).catalogue.directory, 'scripts'));
  });

  return {
    drilling,
    world,
    /** Where its only recovery point lies. */
    pointPath: () => path,
    repositoryName: () => repositoryName,
    /** The parts of a definition that unpack the tree, and do more on it. */
    treeAnd: (...steps: Step[]) => ({
      recoveryPoint: { set, select: 'latest' as const },
      steps: [...FETCH_VERIFY_EXTRACT, ...steps],
      validation: [{ check: 'files' as const, required: ['etc/hosts'] }],
    }),
    /** Writes a script beside the definitions; answers the step that carries it out. */
    async script(name: string, text: string): Promise<Extract<Step, { step: 'run' }>> {
      const content = `#!/bin/sh\n${text}\n`;
      const file = join((await drilling.deps()).catalogue.directory, 'scripts', name);
      await writeFile(file, content);
      await chmod(file, 0o755);
      const sha256 = createHash('sha256').update(content).digest('hex');
      return { step: 'run', script: `scripts/${name}`, sha256, isolation };
    },
    async reportOf({ id }: { readonly id: string }): Promise<DrillReport> {
      return reportSchema.parse(JSON.parse((await findEvidence(drilling.db, id))?.report ?? ''));
    },
  };
}

const TREE = tarOf(
  { path: 'etc/', typeflag: '5' },
  { path: 'etc/hosts', data: 'here\n' },
  { path: 'etc/passwd', data: 'root\n' },
  { path: 'readme', data: 'read me\n' },
);
