import { expect, test } from 'vitest';
import { type RouteDependencies, routes } from '../../src/routes.ts';
import { routeViolations } from '../http/route-rules.ts';

// No handler runs here, so nothing that a handler needs is there.
const unused = new Proxy({}, { get: () => unused }) as RouteDependencies;

const EXCEPTIONS = [
  // What Alertmanager sends is not ours to say: a later version may hold more.
  'receiveAlertmanager: strict',
  // The one route without a credential: it is how people get one.
  'signIn: public',
];

test('every route of the API keeps the house rules', () => {
  expect(routeViolations(routes(unused), EXCEPTIONS)).toEqual([]);
  expect(routes(unused).length).toBeGreaterThan(50);
});
