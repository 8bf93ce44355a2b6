import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect } from 'vitest';
import { allocateRoutes } from '../../src/allocations/allocate.routes.ts';
import { lifecycleRoutes } from '../../src/allocations/lifecycle.routes.ts';
import { reservationRoutes } from '../../src/allocations/reservation.routes.ts';
import { verifyLedger } from '../../src/inventory/ledger-verify.ts';
import { useAllocations } from './lifecycle-cast.ts';

/** What a client got. */
export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what a server answers is what the test is about
  readonly body: any;
}

export const CLIENTS = 50;

/** A real server with real sockets, and a crowd of clients that ask at once. Call it at the top of a file. */
export function useCrowd() {
  const cast = useAllocations();
  let server: Server;
  let base = '';

  beforeAll(async () => {
    const routes = [...allocateRoutes(), ...lifecycleRoutes(), ...reservationRoutes()];
    server = createServer(cast.server.variant({ routes }));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  async function post(path: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
    const answer = await fetch(`${base}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: cast.server.admin.bearer, ...headers },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: await answer.json() };
  }

  return {
    ...cast,
    post,
    /** A check-out of these lines. */
    wish: (lines: readonly object[], more: object = {}) => ({ purpose: 'loan', holder: cast.holder, lines, ...more }),
    /** Every client sends its request at the same time. */
    crowd: (request: (client: number) => Promise<Answer>, clients = CLIENTS) =>
      Promise.all(Array.from({ length: clients }, (_, client) => request(client))),
    /** The ledger sums, and nothing is out or held twice. */
    async expectSound() {
      const report = await verifyLedger({ db: cast.database.db });
      expect(report).toMatchObject({ sound: true, findings: [] });
    },
  };
}

/** Expects so many 201s, and that all others are refused with 409 and one of these reasons; answers what was made. */
export function expectServed(answers: readonly Answer[], served: number, reasons: readonly string[]): Answer[] {
  const tally = (of: readonly Answer[]) =>
    Object.fromEntries(
      [...Map.groupBy(of, ({ status, body }) => `${status} ${body.code ?? ''}`)].map(([key, all]) => [key, all.length]),
    );
  const made = answers.filter(({ status }) => status === 201);
  const refused = answers.filter(({ status }) => status !== 201);
  const odd = refused.filter(({ status, body }) => status !== 409 || !reasons.includes(body.code));
  expect({ made: made.length, odd: tally(odd), first: odd[0]?.body }).toEqual({
    made: served,
    odd: {},
    first: undefined,
  });
  for (const { body } of refused) expect(body.detail.length).toBeGreaterThan(10);
  return made;
}
