import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openCatalogue, soundDefinition, withParameters } from '../../src/drills/catalogue.ts';
import { definitionSchema } from '../../src/drills/definition.ts';
import { readDefinition } from '../../src/drills/definition-file.ts';
import { drillJobs } from '../../src/drills/drill.jobs.ts';
import { requestRun } from '../../src/drills/drill.service.ts';
import { runById } from '../../src/drills/drill-run.queries.ts';
import type { GivenParameters } from '../../src/drills/parameter-value.ts';
import { assessedRuns } from '../../src/drills/proof.queries.ts';
import { carryOutRun } from '../../src/drills/runner.ts';
import { createJobQueue, type JobQueue } from '../../src/scheduling/queue.ts';
import { testLog } from '../support/log.ts';
import { useFileDrill } from './support/file-drill.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const { drilling, world, treeAnd, script, reportOf } = useFileDrill();

const PARAMETERS = {
  region: { type: 'string' as const, default: 'north', oneOf: ['north', 'south'] },
  shards: { type: 'integer' as const, default: 2, min: 1, max: 9, mayVary: true },
};
let queue: JobQueue;

beforeAll(async () => {
  const deps = await drilling.deps();
  queue = await createJobQueue({
    service: world.database.service,
    jobs: () => drillJobs({ ...deps, queue }),
    log: testLog,
  });
});
afterAll(() => queue.close());

/** Asks for a run of a drill that exists, with these values, and carries it out. */
async function again(name: string, parameters: GivenParameters) {
  const deps = await drilling.deps();
  const origin = { actor: { principalId: null, name: 'test' } };
  const { runId } = await drilling.db.transaction((tx) =>
    requestRun(tx, { catalogue: deps.catalogue, queue }, origin, { drill: name, mode: 'full', parameters }),
  );
  await carryOutRun(deps, runId, new AbortController().signal);
  return runById(drilling.db, runId);
}

describe('the parameters of a run', () => {
  test('stand in their places, with the default or the value that was given', async () => {
    const say = await script('say.sh', 'echo "says $1 $2"');
    const parts = {
      ...treeAnd({ ...say, args: [`in \${region}`, `\${shards} $\${shards}`] }),
      parameters: PARAMETERS,
    };
    const first = await drilling.drill(parts);
    expect(first.run).toMatchObject({ status: 'completed', procedure: 'passed' });
    expect(first.log).toContain(`scripts/say.sh: says in north 2 \${shards}`);
    expect((await reportOf(first.run)).parameters).toEqual([
      { name: 'region', value: 'north', default: 'north', isVaried: false },
      { name: 'shards', value: 2, default: 2, isVaried: false },
    ]);
    const name = first.run.drill;
    const proving = async () => (await assessedRuns(drilling.db, [name])).get(name)?.id;
    expect(await proving()).toBe(first.run.id);

    // A value that may vary proves as well as the default; another one proves nothing, and says so.
    const varied = await again(name, { shards: 3 });
    expect(varied.procedure).toBe('passed');
    expect(await proving()).toBe(varied.id);
    const other = await again(name, { region: 'south' });
    expect(other.procedure).toBe('passed');
    expect(await proving()).toBe(varied.id);
    const report = await reportOf(other);
    expect(report.parameters[0]).toEqual({ name: 'region', value: 'south', default: 'north', isVaried: true });
    expect(report.notProven.join('\n')).toContain('the parameter region was south, and is north otherwise');
    expect(report.log.map(({ message }) => message)).toContain(`scripts/say.sh: says in south 2 \${shards}`);

    for (const [given, message] of [
      [{ regoin: 'south' }, /regoin is no parameter: did you mean region\?/],
      [{ region: 'west' }, /region must be one of north, south/],
      [{ shards: '3' }, /shards must be a whole number/],
      [{ shards: 10, region: 7 }, /shards must be at most 9; region must be a text/],
    ] as const) {
      await expect(again(name, given)).rejects.toMatchObject({ code: 'bad-parameters', kind: 'invalid', message });
    }
  });
});

describe('a definition with parameters', () => {
  const BASE = {
    ...{ apiVersion: 'muster/v1', kind: 'Drill', name: 'd', title: 't', service: 's' },
    scenario: { description: 'Lost.' },
    objectives: { severity: 'emergency' },
    recoveryPoint: { set: 'x', select: 'random', withinDays: `\${days}` },
    parameters: {
      days: { type: 'integer', default: 7 },
      least: { type: 'number', default: 1.5 },
      all: { type: 'boolean', default: true },
    },
    steps: [{ step: 'fetch' }, { step: 'verify' }, { step: 'extract' }, { step: 'sqlite' }],
    validation: [{ check: 'sql', query: `SELECT \${days}`, expect: { range: { min: `\${least}` } } }],
  };
  const read = (change: object, given: GivenParameters = {}) =>
    readDefinition('d', Buffer.from(JSON.stringify({ ...BASE, ...change }, null, 1)), given);

  test('takes each value with its type, and only where it may stand', () => {
    const { definition, problems } = read({}, { least: 4 });
    expect(problems).toEqual([]);
    expect(definition).toMatchObject({
      recoveryPoint: { withinDays: 7 },
      validation: [{ query: `SELECT \${days}`, expect: { range: { min: 4 } } }],
    });
  });

  test('is refused where a name is unknown, a default is out of its bounds, or a value does not fit its place', () => {
    const said = (change: object) => read(change).problems.map(({ path, message }) => `${path}: ${message}`);
    expect(said({ recoveryPoint: { set: 'x', select: 'random', withinDays: `\${dyas}` } })).toContain(
      'recoveryPoint/withinDays: dyas is no parameter: did you mean days?',
    );
    const bad = { days: { type: 'integer', default: 7, max: 5 }, least: { type: 'number', default: 1, mix: 1 } };
    expect(said({ parameters: bad })).toEqual([
      'parameters/least/mix: unknown key mix: did you mean min?',
      'parameters/days/default: must be at most 5',
    ]);
    expect(said({ recoveryPoint: { set: 'x', select: 'random', withinDays: `\${all}` } })[0]).toMatch(
      /^recoveryPoint\/withinDays: /,
    );
  });

  test('that declares none keeps what looks like one', () => {
    const { parameters: _, ...rest } = BASE;
    const args = [`\${HOME}`];
    const run = { step: 'run', script: 'a.sh', sha256: 'a'.repeat(64), args };
    const parsed = definitionSchema.parse({
      ...rest,
      ...{ recoveryPoint: { set: 'x' }, steps: [...BASE.steps, run], validation: [{ check: 'files', count: 1 }] },
    });
    expect(parsed.steps.at(-1)).toMatchObject({ args });
  });
});

test('a value that does not fit its place is refused before the run', async () => {
  const parts = { ...treeAnd(), parameters: { at: { type: 'string', default: 'PT0S' } } as const };
  const recoveryPoint = { ...parts.recoveryPoint, select: 'at' as const, at: `\${at}` };
  const { run } = await drilling.drill({ ...parts, recoveryPoint });
  expect(run.status).toBe('completed');
  const files = await (await openCatalogue((await drilling.deps()).catalogue.directory)).refresh();
  expect(() => withParameters(soundDefinition(files, run.drill), { at: 'yesterday' })).toThrow(/must be an instant/);
});
