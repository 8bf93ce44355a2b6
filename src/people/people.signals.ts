import type { Signal } from '../signals/signal.ts';
import { firstToldGaps } from './on-call-gap.queries.ts';
import { trainingsThatEnd } from './participation.queries.ts';

const WITHIN_DAYS = 90;
const DAY_MS = 86_400_000;

/** What rotas and trainings have to say before somebody is missing. */
export const peopleSignals = (): Signal[] => [
  {
    name: 'on-call.days-to-gap',
    title: 'Days until the first gap of an on-call rota that was found ahead begins; 0 while it lasts',
    unit: 'days',
    read: async ({ db, nowMs }) =>
      (await firstToldGaps(db)).map(({ rotaId, rota, serviceId, fromMs }) => ({
        subject: { kind: 'on-call-rota', id: rotaId, name: rota },
        serviceId,
        value: Math.max(0, fromMs - nowMs) / DAY_MS,
      })),
  },
  {
    name: 'people.training-days-left',
    title: `Days until what a person took part in no longer counts, of what ends within ${WITHIN_DAYS}`,
    unit: 'days',
    everySeconds: 600,
    read: async ({ db, nowMs }) =>
      (await trainingsThatEnd(db, WITHIN_DAYS)).map(({ id, name, validUntilMs }) => ({
        subject: { kind: 'participation', id, name },
        serviceId: null,
        value: (validUntilMs - nowMs) / DAY_MS,
      })),
  },
];
