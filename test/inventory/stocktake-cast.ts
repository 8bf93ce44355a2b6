import supertest from 'supertest';
import { beforeAll, expect } from 'vitest';
import type { Route } from '../../src/http/route.ts';
import { movementRoutes } from '../../src/inventory/movement.routes.ts';
import { stocktakeRoutes } from '../../src/inventory/stocktake/stocktake.routes.ts';
import { stocktakeCountRoutes } from '../../src/inventory/stocktake/stocktake-count.routes.ts';
import { stocktakeProgressRoutes } from '../../src/inventory/stocktake/stocktake-progress.routes.ts';
import { newId } from '../../src/kernel/ids.ts';
import { type Caller, makeCaller, useApp } from '../http/support.ts';
import type { TestDatabase } from '../support/database.ts';
import { makeStock, makeUnit } from './stock-support.ts';
import { makeLocation, makePart } from './support.ts';

const API = '/api/v1';

/** Somebody at work, with what they do most. */
export interface Hand {
  readonly caller: Caller;
  get(path: string): supertest.Test;
  post(path: string, body?: object, version?: number): supertest.Test;
}

/** A storeroom with a keeper, and two people who do nothing but count. */
export function useStocktakes(database: TestDatabase, more: readonly Route[] = []) {
  const routes = [
    ...stocktakeRoutes(),
    ...stocktakeCountRoutes(),
    ...stocktakeProgressRoutes(),
    ...movementRoutes(),
    ...more,
  ];
  const server = useApp(database, () => ({ routes }));
  const hands = new Map<string, Hand>();

  beforeAll(async () => {
    const roles = { keeper: 'asset-manager', ann: 'counter', bob: 'counter' } as const;
    for (const [name, role] of Object.entries(roles)) {
      hands.set(name, handOf(await makeCaller(database.db, name, [role], 'person')));
    }
  });

  const handOf = (caller: Caller): Hand => ({
    caller,
    get: (path) => supertest(server.app).get(`${API}${path}`).set('Authorization', caller.bearer),
    post: (path, body = {}, version) => {
      const request = supertest(server.app).post(`${API}${path}`).set('Authorization', caller.bearer);
      return (version === undefined ? request : request.set('If-Match', `"${version}"`)).send(body);
    },
  });
  const hand = (name: 'keeper' | 'ann' | 'bob') => hands.get(name) as Hand;

  const done = async (answer: supertest.Test) => {
    const { status, body } = await answer;
    expect([status, body.detail]).toEqual([status < 300 ? status : 200, undefined]);
    return body;
  };
  /** Does something to a stocktake as it stands now. */
  const step = async (
    id: string,
    what: 'close' | 'decisions' | 'post' | 'cancel',
    body?: object,
    by = hand('keeper'),
  ) => {
    const { version } = await done(by.get(`/stocktakes/${id}`));
    return by.post(`/stocktakes/${id}/${what}`, body, version);
  };

  return {
    database,
    server,
    hand,
    done,
    step,
    /** A site with two bins. */
    async storeroom() {
      const site = await makeLocation(database.db);
      const [left, right] = [
        await makeLocation(database.db, { parentId: site.id }),
        await makeLocation(database.db, { parentId: site.id }),
      ];
      return { site, left, right };
    },
    open: (locationId: string, more: object = {}) =>
      done(hand('keeper').post('/stocktakes', { locationId, name: `count ${newId().slice(-6)}`, ...more })),
    count: (id: string, by: 'ann' | 'bob' | 'keeper', lines: object[], more: object = {}) =>
      done(hand(by).post(`/stocktakes/${id}/counts`, { lines, ...more })),
    stepped: async (id: string, what: Parameters<typeof step>[1], body?: object) => done(step(id, what, body) as never),
    async differences(id: string) {
      const { items } = await done(hand('keeper').get(`/stocktakes/${id}/differences?limit=200`));
      return items as Record<string, never>[];
    },
    units: async (partId: string, locationId: string, count: number) =>
      Promise.all(Array.from({ length: count }, () => makeUnit(database.db, { partId, locationId }))),
    serialPart: () => makePart(database.db, 'serial'),
    bulkPart: () => makePart(database.db, 'bulk'),
    stock: (partId: string, locationId: string, quantity: number) =>
      makeStock(database.db, { partId, locationId, quantity }),
    async unitNow(id: string) {
      const [row] = await database.db.rows<{ state: string; place: string | null; seen: boolean }>(
        `SELECT state, location_id AS place, last_seen_at > now() - interval '5 minutes' AS seen FROM unit WHERE id = $1`,
        [id],
      );
      return row;
    },
    async quantityNow(id: string) {
      const [row] = await database.db.rows<{ quantity: number }>('SELECT quantity FROM stock WHERE id = $1', [id]);
      return row?.quantity;
    },
  };
}
