import type { DrillCatalogue } from '../../src/drills/catalogue.ts';
import { type DefinitionFile, readDefinition } from '../../src/drills/definition-file.ts';
import { newId } from '../../src/kernel/ids.ts';
import type { Service } from '../../src/services/service.ts';
import { EXAMPLE_TARGETS } from '../../src/sla/policy.ts';
import { counterOf } from '../allocations/support.ts';
import { makeRun } from '../drills/support/make-run.ts';
import { registerOf } from '../services/register.ts';
import type { TestDatabase } from '../support/database.ts';

export const TARGETS = EXAMPLE_TARGETS;

const agoOf = (seconds: number) => new Date(Date.now() - seconds * 1000);

/** What one passed or failed run of a drill was. */
interface RanDrill {
  readonly outcome?: 'passed' | 'failed';
  readonly secondsAgo?: number;
  readonly rtaSeconds?: number;
  readonly availability?: 'passed' | 'failed' | 'not assessed';
  readonly pointId?: string;
  /** What was promised for the recovery then. */
  readonly promisedSeconds?: number;
}

/** Everything that an answer about the readiness of services rests on, made one by one. */
export function readinessCast(database: TestDatabase) {
  const register = registerOf(database);
  const counter = counterOf(database);
  const files: DefinitionFile[] = [];
  const catalogue: DrillCatalogue = { directory: '/nowhere', refresh: async () => files, current: () => files };
  return {
    ...{ register, counter, files, catalogue },
    /** A set that its RPO watches, in a repository of its own. */
    async set(rpoSeconds: number | null, columns: Record<string, unknown> = {}) {
      const identity = newId();
      const place = { kind: 'local', root: '/srv/backups', writable: false, worker_tag: 'default', identity };
      const repositoryId = await counter.add('repository', { name: `repository ${identity}`, ...place });
      const { principal } = await register.caller();
      const name = `set-${identity}`;
      const id = await counter.add('backup_set', {
        ...{ name, repository_id: repositoryId, kind: 'external', pattern: `${name}-%Y.dump`, layout: 'file' },
        ...{ time_source: 'name', zone: 'UTC', digest_source: 'none', settle_seconds: 60, rpo_seconds: rpoSeconds },
        ...{ owner_id: principal.id, owner_kind: principal.kind, ...columns },
      });
      return { id, name, repositoryId };
    },
    point(set: { id: string; repositoryId: string }, ageSeconds: number, verdict: string | null = 'sound') {
      const at = agoOf(ageSeconds);
      return counter.add('recovery_point', {
        ...{ set_id: set.id, repository_id: set.repositoryId, name: newId(), method: 'external', own: false },
        ...{ taken_at: at, finished_at: at, size_bytes: 10, digest: 'a'.repeat(64), read_in_full_at: at },
        ...{ verdict, verdict_at: verdict && at },
      });
    },
    /** A definition of a drill of the service, as if it lay in the directory. */
    define(service: Pick<Service, 'name'>, more: object = {}): DefinitionFile {
      const name = `drill-${newId()}`;
      const definition = {
        ...{ apiVersion: 'muster/v1', kind: 'Drill', name, title: 'A drill of a test', service: service.name },
        scenario: { description: 'The data is lost.' },
        objectives: { severity: 'emergency', required: ['recover'] },
        recoveryPoint: { set: 'anything', select: 'latest' },
        steps: [{ step: 'fetch' }, { step: 'verify' }, { step: 'extract' }],
        validation: [{ check: 'files', required: ['etc/hosts'] }],
        ...more,
      };
      const file = readDefinition(name, Buffer.from(JSON.stringify(definition)));
      if (!file.definition) throw new Error(JSON.stringify(file.problems));
      files.push(file);
      return file;
    },
    /** A full run of a drill with its definition as it is, and what it was judged by. */
    async ran(file: DefinitionFile, service: Pick<Service, 'name'>, how: RanDrill = {}): Promise<string> {
      const { outcome = 'passed', secondsAgo = 3600, rtaSeconds = 900, availability = 'passed' } = how;
      const made = { drill: file.name, service: service.name, triggeredAt: agoOf(secondsAgo), outcome } as const;
      const id = await makeRun(database.db, { ...made, restoreSeconds: rtaSeconds });
      await database.db.execute(
        `UPDATE drill_run SET availability = $2, availability_reason = 'as made', procedure_reason = 'as made',
           definition_text = $3, definition_sha256 = $4, recovery_point_id = $5 WHERE id = $1`,
        [id, availability, file.text, file.sha256, how.pointId ?? null],
      );
      await database.db.execute(
        `INSERT INTO drill_target (run_id, target, target_seconds, actual_seconds, result, required)
         VALUES ($1, 'recover', $2, NULL, 'not measured', true)`,
        [id, how.promisedSeconds ?? TARGETS.emergency.recoverSeconds],
      );
      return id;
    },
  };
}
