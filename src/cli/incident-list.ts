import type { Queryable } from '../database/database.ts';
import { listIncidents } from '../incidents/incident.queries.ts';
import type { Incident } from '../incidents/incident.ts';
import { viewOfIncident } from '../incidents/incident.views.ts';
import { incidentReply } from '../incidents/incident-reply.ts';
import { timelineOf } from '../incidents/timeline.queries.ts';
import { AppError } from '../kernel/errors.ts';
import type { Severity } from '../kernel/severity.ts';
import { type CommandContext, EXIT } from './command.ts';
import { pairs, table } from './output.ts';
import { withRuntime } from './with-runtime.ts';

/** As commander hands them over. */
export interface IncidentListOptions {
  readonly severity?: Severity;
  readonly all?: boolean;
  readonly limit: number;
}

/** Lists incidents, newest first: those that are not closed, unless all are wanted. */
export async function listIncidentsHere(
  context: CommandContext,
  { severity, all = false, limit }: IncidentListOptions,
): Promise<number> {
  const filters = { severity, isOpen: all ? undefined : true };
  const found = await withRuntime(context, { writes: false }, ({ db }) =>
    listIncidents(db, { filters, sort: 'id', descending: true, limit }),
  );
  context.output.answer(
    found.map(({ incident }) => viewOfIncident(incident)),
    (views) =>
      table(
        ['number', 'severity', 'stage', 'team', 'received', 'title'],
        views.map((one) => [
          ...[one.number, one.severity, stageOf(one), one.team?.name ?? '', one.receivedAt, one.title],
        ]),
        all ? 'no incident' : 'no open incident',
      ),
  );
  return EXIT.ok;
}

/** Items of the timeline that are shown; the API pages through all of them. */
const SHOWN_MAX = 200;

/** Shows an incident with its times and what has happened. */
export async function showIncident(context: CommandContext, number: string): Promise<number> {
  const shown = await withRuntime(context, { writes: false }, async ({ db }) => {
    const { id } = await incidentNumbered(db, number);
    const items = await timelineOf(db, id, { limit: SHOWN_MAX });
    return { incident: (await incidentReply(db, id)).body, timeline: items.map(({ cursor: _, ...item }) => item) };
  });
  context.output.answer(shown, ({ incident, timeline }) => [
    ...incidentLines(incident),
    ...table(
      ['at', 'what', 'by', 'details'],
      timeline.map(({ at, kind, by, details }) => [at, kind, by ?? '', detailsInWords(details)]),
      'nothing has happened yet',
    ),
  ]);
  return EXIT.ok;
}

/** @throws AppError `usage` `unknown-incident`. */
async function incidentNumbered(db: Queryable, number: string): Promise<Incident> {
  const [found] = await listIncidents(db, { filters: { number: number.toUpperCase() }, sort: 'id', limit: 1 });
  if (found) return found.incident;
  throw new AppError('usage', 'unknown-incident', `There is no incident ${number}: muster incident list shows them`);
}

/** What an incident is, and how far. */
export function incidentLines(incident: Awaited<ReturnType<typeof incidentReply>>['body']): string[] {
  const { number, title, kind, severity, team, service, receivedAt, elapsedSeconds, missingFacts } = incident;
  return pairs([
    ['Incident', number],
    ['Title', title],
    ['Severity', kind === 'incident' ? severity : `${severity} (${kind})`],
    ['Stage', stageOf(incident)],
    ['Service', service?.name],
    ['Team', team?.name],
    ['Received', String(receivedAt)],
    ['Elapsed', `${elapsedSeconds} s`],
    ['Not known yet', missingFacts.length > 0 ? missingFacts.join(', ') : undefined],
  ]);
}

const stageOf = ({ stage, subState }: { readonly stage: string; readonly subState: string | null }) =>
  subState === null ? stage : `${stage}: ${subState}`;

/** What is short in the details of an item, in one line. */
function detailsInWords(details: Readonly<Record<string, unknown>>): string {
  return Object.entries(details)
    .filter(([key, value]) => !key.endsWith('Id') && ['string', 'number'].includes(typeof value))
    .map(([key, value]) => `${key} ${String(value).replaceAll(/\s+/g, ' ')}`)
    .join(', ');
}
