import { afterAll, beforeAll, expect } from 'vitest';
import { allocateRoutes } from '../../src/allocations/allocate.routes.ts';
import { allocationListRoutes } from '../../src/allocations/allocation-list.routes.ts';
import { lifecycleRoutes } from '../../src/allocations/lifecycle.routes.ts';
import { scanRoutes } from '../../src/allocations/scan.routes.ts';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { createPrincipal } from '../../src/auth/principal.store.ts';
import { newId } from '../../src/kernel/ids.ts';
import { useApp } from '../http/support.ts';
import { useDatabase } from '../support/database.ts';
import { shelfOf } from './shelf.ts';

/** A line that a test promises to somebody by plain SQL, because no request can promise anything in the past. */
export interface PromisedLine {
  readonly kind: 'unit' | 'stock' | 'seat';
  readonly part_id?: string;
  readonly unit_id?: string;
  readonly stock_id?: string;
  readonly entitlement_id?: string;
  readonly quantity?: number;
  readonly pinned?: boolean;
  readonly from_reserve?: boolean;
}

/** A hold or reservation; times are hours from now. */
export interface Promised {
  readonly form?: 'hold' | 'reservation';
  readonly fromHours?: number;
  readonly untilHours?: number;
  readonly expiresHours?: number;
  readonly purpose?: string;
  readonly severity?: string;
  readonly reserveReason?: string;
}

/** A database with a shelf, somebody who holds things, and the routes of allocations. Call it at the top of a file. */
export function useAllocations() {
  const database = useDatabase();
  const routes = () => [...allocateRoutes(), ...lifecycleRoutes(), ...allocationListRoutes(), ...scanRoutes()];
  const server = useApp(database, () => ({ routes: routes() }));
  const shelf = shelfOf(database);
  const holder = { kind: 'team', id: '' };
  const site = { id: '', code: `S-${newId().slice(-12)}` };
  const made: string[] = [];

  beforeAll(async () => {
    holder.id = (await principal('team')).id;
    site.id = await shelf.site(site.code);
  });
  afterAll(() => made.splice(0));

  const principal = (kind: 'team' | 'person' | 'service-account', name = `${kind} ${newId()}`) =>
    database.db.transaction((tx) => createPrincipal(tx, { kind, name, roles: [] }, { actor: SYSTEM_ACTOR }));

  const post = (path: string, body: object = {}) => server.request('post', `/api/v1${path}`).send(body);
  const get = (path: string) => server.request('get', `/api/v1${path}`);

  return {
    database,
    server,
    shelf,
    holder,
    site,
    principal,
    post,
    get,
    /** A change that names the version it is based on. */
    change: (path: string, version: number, body: object = {}) => post(path, body).set('If-Match', `"${version}"`),

    /** Hands out over HTTP; answers the allocation. */
    async checkOut(lines: object[], more: object = {}) {
      const answer = await post('/checkouts', { purpose: 'loan', holder, lines, ...more });
      expect([answer.status, answer.body.detail]).toEqual([201, undefined]);
      return answer.body.allocation;
    },

    /** Holds or reserves by SQL; answers the ids. */
    async promise(lines: readonly PromisedLine[], wanted: Promised = {}) {
      const { form = 'hold', fromHours = 0, untilHours = 1, expiresHours = untilHours } = wanted;
      const id = await shelf.add('allocation', {
        form,
        purpose: wanted.purpose ?? 'loan',
        severity: wanted.severity ?? null,
        reserve_reason: wanted.reserveReason ?? null,
        holder_kind: holder.kind,
        holder_id: holder.id,
      });
      const lineIds: string[] = [];
      for (const [position, line] of lines.entries()) {
        const lineId = newId();
        const all: Record<string, unknown> = { quantity: 1, ...line };
        const names = Object.keys(all);
        await database.db.execute(
          `INSERT INTO allocation_line (id, root_line_id, allocation_id, position, state, during, expires_at, ${names.join(', ')})
           VALUES ($1, $1, $2, $3, 'held',
             tstzrange(now() + $4 * interval '1 hour', now() + $5 * interval '1 hour'), now() + $6 * interval '1 hour',
             ${names.map((_, index) => `$${index + 7}`).join(', ')})`,
          [lineId, id, position, fromHours, untilHours, expiresHours, ...Object.values(all)],
        );
        lineIds.push(lineId);
      }
      return { id, lineIds, lineId: lineIds[0] ?? '' };
    },

    async unitOf(id: string) {
      const [unit] = await database.db.rows<Record<string, unknown>>('SELECT * FROM unit WHERE id = $1', [id]);
      return unit ?? {};
    },
    async quantityOf(stockId: string) {
      const [row] = await database.db.rows<{ quantity: number }>('SELECT quantity FROM stock WHERE id = $1', [stockId]);
      return row?.quantity;
    },
    async numberOf(id: string) {
      const [row] = await database.db.rows<{ number: string }>('SELECT number FROM allocation WHERE id = $1', [id]);
      return `CO-${String(row?.number).padStart(6, '0')}`;
    },
    /** Puts a unit into quarantine, as a failed test does. */
    quarantine: (unitId: string, partId: string) =>
      database.db.execute(
        `INSERT INTO movement (batch_id, kind, part_id, unit_id, to_state, to_location_id, reason)
         VALUES ($1, 'quarantine', $2, $3, 'quarantined', $4, 'failed its test')`,
        [newId(), partId, unitId, site.id],
      ),
  };
}
