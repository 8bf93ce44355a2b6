/** What the addresses of the lists of spares can say. */
import { searchOf } from '../app/search.ts';
import { HOLDER_KINDS, LIFE_STATES, PURPOSES, TRACKINGS, UNIT_STATES } from './words.ts';

export const partSearch = searchOf({
  q: 'text',
  category: 'text',
  tracking: TRACKINGS,
  state: LIFE_STATES,
  after: 'text',
});
export type PartSearch = ReturnType<typeof partSearch>;

export const unitSearch = searchOf({
  q: 'text',
  state: UNIT_STATES,
  part: 'text',
  below: 'text',
  due: ['test', 'expiry', 'warranty'],
  after: 'text',
});
export type UnitSearch = ReturnType<typeof unitSearch>;

export const outSearch = searchOf({
  list: ['overdue', 'checkouts', 'holds', 'reservations'],
  kind: HOLDER_KINDS,
  holder: 'text',
  purpose: PURPOSES,
  over: ['true'],
  after: 'text',
});
export type OutSearch = ReturnType<typeof outSearch>;
