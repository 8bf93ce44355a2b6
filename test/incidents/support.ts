import { beforeAll, expect } from 'vitest';
import { ENTITIES } from '../../src/entities.ts';
import { boardRoutes } from '../../src/incidents/board.routes.ts';
import { handlingRoutes } from '../../src/incidents/handling.routes.ts';
import { incidentRoutes } from '../../src/incidents/incident.routes.ts';
import { onSiteRoutes } from '../../src/incidents/on-site.routes.ts';
import { recordingRoutes } from '../../src/incidents/recording.routes.ts';
import { ruleRoutes } from '../../src/incidents/rule.routes.ts';
import { timelineRoutes } from '../../src/incidents/timeline.routes.ts';
import { caseEventRoutes } from '../../src/sla/case-event.routes.ts';
import { clockRoutes } from '../../src/sla/clock.routes.ts';
import { policyRoutes } from '../../src/sla/policy.routes.ts';
import { ensureExamplePolicy } from '../../src/sla/policy.service.ts';
import { EXAMPLE_TARGETS } from '../../src/sla/policy.ts';
import { makeCaller, useApp } from '../http/support.ts';
import { registerOf } from '../services/register.ts';
import { useDatabase } from '../support/database.ts';

const API = '/api/v1';
export const MINUTE_MS = 60_000;

const hours = (amount: number) => ({ unit: 'hours', amount, counted: 'always' });
/** Every clock that there is runs for incidents of severity emergency and important. */
const TERMS = {
  ...{ update: hours(1), resolve: hours(24), record: hours(1), classify: hours(1), transfer: hours(1) },
  feedback: hours(48),
};

export const FACTS = { symptom: 'Timeouts', frequency: 'continuous', scope: 'all-users' };
export const CONTACT = { who: 'Night shift', how: 'phone', said: 'We are on it' };
export const PASSED = { who: 'Lin Wei', how: 'Ten orders were placed', result: 'passed' };

/** No definition is carried out here. */
const NO_DRILLS = {} as Parameters<typeof onSiteRoutes>[0];

/** What a caller states who enters something later than it happened. */
export const late = (atMs: number) => ({ at: new Date(atMs).toISOString(), lateBecause: 'Entered after the call' });

export interface IncidentBody {
  readonly id: string;
  readonly number: string;
  readonly stage: string;
  readonly version: number;
  readonly elapsedSeconds: number;
  readonly stageSeconds: Readonly<Record<string, number>>;
  readonly stages: readonly { readonly stage: string; readonly seconds: number; readonly enteredAt: string }[];
}

/** An app with incidents, clocks and a policy by which every clock runs. Use what it answers in tests only. */
export function useIncidents() {
  const database = useDatabase(ENTITIES);
  const server = useApp(database, () => ({
    routes: [
      ...[...policyRoutes(), ...clockRoutes(), ...caseEventRoutes()],
      ...[...incidentRoutes(), ...recordingRoutes(), ...handlingRoutes(), ...ruleRoutes(), ...timelineRoutes()],
      ...boardRoutes(),
      ...onSiteRoutes(NO_DRILLS),
    ],
  }));
  const register = registerOf(database);
  const teams = { first: { id: '', name: '' }, second: { id: '', name: '' } };

  beforeAll(async () => {
    await database.db.transaction(ensureExamplePolicy);
    const { emergency, important, general } = EXAMPLE_TARGETS;
    const targets = { emergency: { ...emergency, terms: TERMS }, important: { ...important, terms: TERMS }, general };
    await server.request('post', `${API}/sla-policy/versions`).set('If-Match', '"1"').send({ targets });
    for (const each of ['first', 'second'] as const) {
      teams[each] = (await makeCaller(database.db, `${each} team`, [], 'team')).principal;
    }
  });

  const get = async (path: string) => (await server.request('get', `${API}${path}`)).body;
  const post = (path: string, body: object = {}, version?: number) => {
    const request = server.request('post', `${API}${path}`);
    return (version === undefined ? request : request.set('If-Match', `"${version}"`)).send(body);
  };
  const receive = (wanted: object = {}) =>
    post('/incidents', {
      severity: 'emergency',
      title: 'The order database does not answer',
      reporterContact: 'Night shift, extension 4711',
      ...wanted,
    });

  /** Does one thing after the other, each at the version that the one before has left. @returns the last answer's incident. */
  async function go(id: string, ...acts: readonly (readonly [path: string, body: object])[]): Promise<IncidentBody> {
    let incident: IncidentBody = await get(`/incidents/${id}`);
    for (const [path, body] of acts) {
      const answer = await post(`/incidents/${id}/${path}`, body, path === 'contacts' ? undefined : incident.version);
      expect([path, answer.status, answer.text]).toEqual([path, 200, answer.text]);
      incident = answer.body;
    }
    return incident;
  }

  /** An incident that is being handled. */
  async function handled(wanted: object = {}): Promise<IncidentBody> {
    const { id } = (await receive({ ...FACTS, ...wanted })).body;
    const transfer = { teamId: teams.first.id, reason: 'The database is theirs' };
    const severity = (wanted as { severity?: string }).severity ?? 'emergency';
    return go(id, ['record', {}], ['classify', { severity, reason: 'As it seems' }], ['transfer', transfer]);
  }

  return {
    ...{ database, server, register, teams, get, post, receive, go, handled },
    clocksAbout: async (subject: string): Promise<readonly ClockBody[]> =>
      (await get(`/sla-clocks?state=all&limit=200&subject=${subject}`)).items,
    eventsAbout: async (subject: string): Promise<readonly string[]> =>
      (await get(`/sla-case-events?limit=200&subject=${subject}`)).items.map(({ event }: { event: string }) => event),
  };
}

interface ClockBody {
  readonly id: string;
  readonly subject: string;
  readonly kind: string;
  readonly state: string;
  readonly severity: string;
  readonly dueAt: string;
  readonly version: number;
  readonly consumedSeconds: number;
  readonly segments: readonly { readonly state: string; readonly from: string }[];
}
