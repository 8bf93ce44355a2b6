import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scaled } from '../support/scale.ts';
import { type IncidentBody, late, MINUTE_MS, useIncidents } from './support.ts';

const { clocksAbout, eventsAbout, get, post, receive, teams } = useIncidents();

/** What may be tried, with a body that is in order. */
const ACTS = {
  take: { path: 'take', body: {} },
  facts: { path: 'facts', body: { symptom: 'Timeouts', frequency: 'continuous', scope: 'all-users' } },
  record: { path: 'record', body: {} },
  emergency: { path: 'classify', body: { severity: 'emergency', reason: 'Nothing works' } },
  important: { path: 'classify', body: { severity: 'important', reason: 'Some of it works' } },
  transfer: { path: 'transfer', body: { reason: 'It is theirs' } },
  planning: { path: 'sub-state', body: { subState: 'planning' } },
  verifying: { path: 'sub-state', body: { subState: 'verifying' } },
  contact: { path: 'contacts', body: { who: 'Night shift', how: 'phone', said: 'We are on it' } },
  plan: { path: 'plans', body: { text: 'Exchange the shelf' } },
  failed: { path: 'verifications', body: { who: 'Lin Wei', how: 'One order', result: 'failed' } },
  passed: { path: 'verifications', body: { who: 'Lin Wei', how: 'Ten orders', result: 'passed' } },
  resolve: { path: 'resolve', body: { text: 'Exchanged', cause: 'Worn out' } },
  close: { path: 'close', body: { who: 'Night shift', how: 'phone', said: 'It runs' } },
} as const;
type Act = keyof typeof ACTS;
const NAMES = Object.keys(ACTS) as Act[];
/** The way of an incident in which nothing goes wrong. */
const USUAL: readonly Act[] = [
  ...(['facts', 'record', 'emergency', 'transfer', 'contact', 'plan', 'passed', 'resolve', 'close'] as const),
];

/** What an incident must be in so that an act is in order: the rules once more, as a reader would say them. */
interface Model {
  stage: string;
  subState: string | null;
  severity: string;
  team: string | null;
  readonly done: Set<Act>;
}
const ALLOWED: Readonly<Record<Act, (model: Model) => boolean>> = {
  take: ({ stage }) => stage === 'receive',
  facts: ({ stage }) => !['feedback', 'closed'].includes(stage),
  record: ({ stage, done }) => ['receive', 'record'].includes(stage) && done.has('facts'),
  emergency: (model) => mayClassify(model, 'emergency'),
  important: (model) => mayClassify(model, 'important'),
  transfer: ({ stage, team }) => stage === 'transfer' || (stage === 'handle' && team !== teams.first.id),
  planning: ({ stage, subState }) => stage === 'handle' && subState !== 'planning',
  verifying: ({ stage, subState }) => stage === 'handle' && subState !== 'verifying',
  contact: ({ stage }) => stage !== 'closed',
  plan: ({ stage }) => stage === 'handle',
  failed: ({ stage }) => stage === 'handle',
  passed: ({ stage }) => stage === 'handle',
  resolve: ({ stage, done }) =>
    stage === 'handle' && (['contact', 'plan', 'passed'] as const).every((each) => done.has(each)),
  close: ({ stage }) => stage === 'feedback',
};
const mayClassify = ({ stage, severity }: Model, wanted: string) =>
  stage === 'classify' || (['transfer', 'handle'].includes(stage) && severity !== wanted);

function after(model: Model, act: Act): void {
  model.done.add(act);
  if (act === 'take') model.stage = 'record';
  if (act === 'record') model.stage = 'classify';
  if (act === 'emergency' || act === 'important') {
    model.severity = act;
    if (model.stage === 'classify') model.stage = 'transfer';
  }
  if (act === 'transfer') model.team = teams.first.id;
  if (act === 'transfer' && model.stage === 'transfer')
    Object.assign(model, { stage: 'handle', subState: 'analysing' });
  if (act === 'planning' || act === 'verifying') model.subState = act;
  if (act === 'resolve') Object.assign(model, { stage: 'feedback', subState: null });
  if (act === 'close') model.stage = 'closed';
}

/** Which clock stands only when which act was done. */
const PROOF: Readonly<Record<string, readonly Act[]>> = {
  respond: ['contact'],
  plan: ['plan'],
  recover: ['passed'],
  resolve: ['resolve'],
  record: ['record'],
  classify: ['emergency', 'important'],
  transfer: ['transfer'],
  feedback: ['close'],
};

/** What does not change by itself from one look to the next. */
const settled = ({ stages: _, ...incident }: IncidentBody & Record<string, unknown>) => ({
  ...incident,
  ...{ readAt: 0, elapsedSeconds: 0, stageSeconds: 0, subStateSeconds: 0 },
});

const step = fc.record({ act: fc.constantFrom(...NAMES), minutes: fc.integer({ min: 0, max: 15 }) });
/** The usual way with other acts between its steps, so that many histories come to their end. */
const history = fc
  .array(fc.array(step, { maxLength: 2 }), { minLength: USUAL.length, maxLength: USUAL.length })
  .map((between) => between.flatMap((some, index) => [...some, { act: USUAL[index] ?? 'contact', minutes: 3 }]));

test('whatever is tried, stages add up to what has elapsed, and no clock stands without its proof', async () => {
  let closed = 0;
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      let atMs = Date.now() - 24 * 60 * MINUTE_MS;
      const { id, number } = (await receive(late(atMs))).body;
      const model: Model = { stage: 'receive', subState: null, severity: 'emergency', team: null, done: new Set() };
      for (const { act, minutes } of steps) {
        atMs += minutes * MINUTE_MS;
        const before = await get(`/incidents/${id}`);
        const { path, body } = ACTS[act];
        const more = act === 'transfer' ? { teamId: teams.first.id } : {};
        const isAllowed = ALLOWED[act](model);
        const version = act === 'contact' ? undefined : before.version;
        const answer = await post(`/incidents/${id}/${path}`, { ...body, ...more, ...late(atMs) }, version);
        expect([act, answer.status, answer.text]).toEqual([
          act,
          isAllowed ? 200 : expect.toBeOneOf([409, 422]),
          answer.text,
        ]);
        if (isAllowed) after(model, act);
        else expect(settled(await get(`/incidents/${id}`))).toEqual(settled(before));
        await holds(id, number, model);
      }
      if (model.stage === 'closed') closed += 1;
    }),
    { numRuns: scaled(8) },
  );
  expect(closed).toBeGreaterThan(0);
});

async function holds(id: string, number: string, model: Model): Promise<void> {
  const incident = await get(`/incidents/${id}`);
  expect([incident.stage, incident.subState, incident.severity]).toEqual([model.stage, model.subState, model.severity]);
  const sumOf = (times: Record<string, number>) => Object.values(times).reduce((sum, seconds) => sum + seconds, 0);
  expect(sumOf(incident.stageSeconds)).toBeCloseTo(incident.elapsedSeconds, 6);
  expect(sumOf(incident.subStateSeconds)).toBeCloseTo(incident.stageSeconds.handle, 6);
  const end = Date.parse(incident.closedAt ?? incident.readAt);
  expect(incident.elapsedSeconds).toBeCloseTo((end - Date.parse(incident.receivedAt)) / 1000, 6);
  const clocks = await clocksAbout(number);
  for (const { kind, state, severity } of clocks) {
    const proof = PROOF[kind];
    if (proof) expect([kind, state]).toEqual([kind, proof.some((act) => model.done.has(act)) ? 'stopped' : 'running']);
    if (state === 'running') expect([kind, severity]).toEqual([kind, model.severity]);
  }
  if (model.stage === 'closed') expect(clocks.filter(({ state }) => state !== 'stopped')).toEqual([]);
  const events = await eventsAbout(number);
  expect(new Set(events.filter((event) => event !== 'update')).size).toBe(
    events.filter((event) => event !== 'update').length,
  );
}
