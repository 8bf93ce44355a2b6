import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { stageTimesRoutes } from '../../src/incidents/attainment-stage.routes.ts';
import { makeCaller, useApp } from '../http/support.ts';
import { useDatabase } from '../support/database.ts';
import { TEST_SEED } from '../support/scale.ts';
import { percentileByHand } from './attainment-by-hand.ts';
import { layIncident } from './laid-incident.ts';

const database = useDatabase();
const server = useApp(database, () => ({ routes: stageTimesRoutes() }));
const STAGES = ['receive', 'record', 'classify', 'transfer', 'handle', 'feedback', 'closed'] as const;

/** Around the end of a year in Shanghai, and of a month. */
const laid = fc.sample(
  fc.record({
    severity: fc.constantFrom('emergency', 'important', 'general'),
    until: fc.constantFrom(...STAGES),
    receivedAtMs: fc
      .integer({ min: Date.UTC(2020, 11, 20) / 60_000, max: Date.UTC(2021, 1, 10) / 60_000 })
      .map((minute) => minute * 60_000),
    minutes: fc.array(fc.integer({ min: 0, max: 600 }), { minLength: 6, maxLength: 6 }),
  }),
  { numRuns: 25, seed: TEST_SEED },
);

beforeAll(async () => {
  const { principal } = await makeCaller(database.db, 'Duty technician', [], 'person');
  for (const incident of laid) await layIncident(database, principal.id, incident);
});

const monthOf = (atMs: number) => new Date(atMs + 8 * 3_600_000).toISOString().slice(0, 7);

test('the time in each stage is what its incidents spent there, by severity and month of the zone', async () => {
  const query = 'from=2020-12-01&until=2021-03-01&zone=Asia/Shanghai&by=severity,month';
  const answer = await server.request('get', `/api/v1/incident-stage-attainment?${query}`);
  expect(answer.status, answer.text).toBe(200);
  const stays = laid.flatMap(({ severity, until, receivedAtMs, minutes }) =>
    STAGES.slice(0, STAGES.indexOf(until) + 1)
      .filter((stage) => stage !== 'closed')
      .map((stage, index) => ({
        ...{ stage, severity, month: monthOf(receivedAtMs), goesOn: stage === until },
        seconds: (minutes[index] ?? 0) * 60,
      })),
  );
  const keyOf = ({ stage, severity, month }: { stage: string; severity: string; month: string }) =>
    [stage, severity, month].join(' ');
  const grouped = Map.groupBy(stays, keyOf);
  expect(answer.body.rows.map(keyOf).toSorted()).toEqual([...grouped.keys()].toSorted());
  for (const row of answer.body.rows) {
    const group = grouped.get(keyOf(row)) ?? [];
    const left = group.filter(({ goesOn }) => !goesOn).map(({ seconds }) => seconds);
    expect(row).toMatchObject({
      ...{ left: left.length, inIt: group.length - left.length },
      p50Seconds: percentileByHand(left, 50) ?? null,
      p90Seconds: percentileByHand(left, 90) ?? null,
    });
  }
  const stages = answer.body.rows.map(({ stage }: { stage: (typeof STAGES)[number] }) => STAGES.indexOf(stage));
  expect(stages).toEqual(stages.toSorted((left: number, right: number) => left - right));
});

test('rows are told apart by team as well, and only by what there is', async () => {
  const days = 'from=2020-12-01&until=2021-03-01';
  const all = await server.request('get', `/api/v1/incident-stage-attainment?${days}&by=team&severity=emergency`);
  const emergencies = laid.filter(({ severity }) => severity === 'emergency').length;
  const received = all.body.rows.filter(({ stage }: { stage: string }) => stage === 'receive');
  expect(received).toHaveLength(emergencies);
  expect(received[0].team.name).toMatch(/^Team /);
  const refused = await server.request('get', `/api/v1/incident-stage-attainment?${days}&by=colour`);
  expect([refused.status, refused.body.fields[0].field]).toEqual([400, 'query.by']);
});
