import { searchOf } from '../app/search.ts';
import { SEVERITIES } from './incident-data.ts';

/** What the list of incidents can be narrowed by. Services and teams are named by their ids. */
export const incidentSearch = searchOf({
  view: ['table'],
  severity: SEVERITIES,
  service: 'text',
  team: 'text',
  state: ['open', 'closed'],
  mine: ['yes'],
  q: 'text',
  after: 'text',
});

export type IncidentSearch = ReturnType<typeof incidentSearch>;
