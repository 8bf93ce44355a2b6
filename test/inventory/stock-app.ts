import { expect } from 'vitest';
import { movementRoutes } from '../../src/inventory/movement.routes.ts';
import { repairRoutes } from '../../src/inventory/repair.routes.ts';
import { replenishmentRoutes } from '../../src/inventory/replenishment.routes.ts';
import { stockRoutes } from '../../src/inventory/stock.routes.ts';
import { unitRoutes } from '../../src/inventory/unit.routes.ts';
import { unitTestRoutes } from '../../src/inventory/unit-test.routes.ts';
import { useApp } from '../http/support.ts';
import type { TestDatabase } from '../support/database.ts';

export const API = '/api/v1';

/** Every route of the stock. */
const STOCK_ROUTES = [
  ...unitRoutes(),
  ...unitTestRoutes(),
  ...stockRoutes(),
  ...movementRoutes(),
  ...repairRoutes(),
  ...replenishmentRoutes(),
];

/** The routes of the stock on the file's database, with words for what the tests do most. */
export function useStockApp(database: TestDatabase) {
  const server = useApp(database, () => ({ routes: STOCK_ROUTES }));
  async function get(path: string) {
    const answer = await server.request('get', `${API}${path}`);
    expect([answer.status, answer.body.detail]).toEqual([200, undefined]);
    return answer.body;
  }
  const act = (name: string, body: object) => server.request('post', `${API}/movements/${name}`).send(body);
  return {
    server,
    act,
    /** An act that must succeed; its movements. */
    async done(name: string, body: object) {
      const answer = await act(name, body);
      expect([answer.status, answer.body.detail]).toEqual([201, undefined]);
      return answer.body.movements;
    },
    /** An act that must be refused: its status, code and the first field that it names. */
    async refused(name: string, body: object) {
      const { status, body: problem } = await act(name, body);
      return [status, problem.code, problem.fields?.[0]?.field];
    },
    get,
    /** One field of the rows on all pages of a list, in its order; two rows a page. */
    async walk(path: string, field: string): Promise<unknown[]> {
      const seen: unknown[] = [];
      for (let after = ''; ; ) {
        const page = await get(`${path}${path.includes('?') ? '&' : '?'}limit=2${after && `&after=${after}`}`);
        seen.push(...page.items.map((item: Record<string, unknown>) => item[field]));
        if (page.next === null) return seen;
        after = page.next;
      }
    },
    post: (path: string, body: object, version?: number) => {
      const request = server.request('post', `${API}${path}`);
      return (version === undefined ? request : request.set('If-Match', `"${version}"`)).send(body);
    },
    patch: (path: string, version: number, body: object) =>
      server.request('patch', `${API}${path}`).set('If-Match', `"${version}"`).send(body),
  };
}
