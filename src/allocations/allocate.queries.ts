import type { Temporal } from 'temporal-polyfill';
import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import type { HolderKind } from './allocation.ts';
import type { PlainWish, WishLine } from './checkout-request.ts';

/** What the register and the catalogue know of the things that a wish names. Nothing of it is locked. */
export interface WishFacts {
  /** By the database's clock. */
  readonly now: Temporal.Instant;
  readonly holder: { readonly name: string; readonly kind: string; readonly isActive: boolean } | null;
  readonly service: { readonly name: string; readonly isActive: boolean } | null;
  readonly units: readonly NamedUnit[];
  readonly stock: readonly { readonly id: string; readonly partId: string }[];
  readonly parts: readonly { readonly id: string; readonly tracking: 'serial' | 'bulk' }[];
  readonly locations: readonly string[];
  /** In the order in which their seats are to be used: the one that ends first comes first. */
  readonly entitlements: readonly { readonly id: string; readonly productId: string; readonly metric: string }[];
  readonly products: readonly string[];
  readonly deviceModels: readonly { readonly id: string; readonly name: string }[];
}

export interface NamedUnit {
  readonly id: string;
  readonly partId: string;
  readonly partNumber: string;
  readonly manufacturer: string;
  /** In lower case, as they are compared. */
  readonly serialKey: string;
  readonly assetTagKey: string | null;
}

const HOLDERS: Readonly<Record<HolderKind, string>> = {
  person: `SELECT name, kind, disabled_at IS NULL AS "isActive" FROM principal WHERE id = $1`,
  team: `SELECT name, kind, disabled_at IS NULL AS "isActive" FROM principal WHERE id = $1`,
  service: `SELECT name, 'service' AS kind, retired_at IS NULL AS "isActive" FROM service WHERE id = $1`,
  project: `SELECT name, 'project' AS kind, retired_at IS NULL AS "isActive" FROM project WHERE id = $1`,
};

/** One look-up: under which name it answers, and what it asks about, each a parameter of its own. */
interface Look {
  readonly as: string;
  /** Things that a line can name. They are asked about when a line names one of them. */
  readonly named: readonly { readonly key: string; readonly type: 'uuid' | 'text' }[];
  readonly sql: (...parameters: string[]) => string;
}

const ids = (key: string) => ({ key, type: 'uuid' }) as const;
const texts = (key: string) => ({ key, type: 'text' }) as const;

const LOOKS: readonly Look[] = [
  {
    as: 'units',
    named: [ids('unitId'), texts('assetTag'), texts('serial')],
    sql: (unitIds, tags, serials) => `SELECT coalesce(json_agg(u), '[]') FROM (
       SELECT u.id, u.part_id AS "partId", p.part_number AS "partNumber", p.manufacturer, lower(u.serial) AS "serialKey",
              lower(u.asset_tag) AS "assetTagKey"
       FROM (SELECT * FROM unit WHERE id = ANY (${unitIds})
             UNION SELECT * FROM unit WHERE lower(asset_tag) = ANY (${tags})
             UNION (SELECT * FROM unit WHERE lower(serial) = ANY (${serials}) LIMIT 2000)) u
       JOIN part p ON p.id = u.part_id ORDER BY p.manufacturer, p.part_number) u`,
  },
  {
    as: 'stock',
    named: [ids('stockId')],
    sql: (stockIds) => `SELECT coalesce(json_agg(s), '[]')
       FROM (SELECT id, part_id AS "partId" FROM stock WHERE id = ANY (${stockIds})) s`,
  },
  {
    as: 'parts',
    named: [ids('partId')],
    sql: (partIds) =>
      `SELECT coalesce(json_agg(p), '[]') FROM (SELECT id, tracking FROM part WHERE id = ANY (${partIds})) p`,
  },
  {
    as: 'locations',
    named: [ids('locationId')],
    sql: (locationIds) => `SELECT coalesce(json_agg(l.id), '[]') FROM location l WHERE id = ANY (${locationIds})`,
  },
  {
    as: 'entitlements',
    named: [ids('entitlementId'), ids('productId')],
    sql: (entitlementIds, productIds) => `SELECT coalesce(json_agg(e), '[]') FROM (
       SELECT id, product_id AS "productId", metric FROM entitlement
       WHERE id = ANY (${entitlementIds}) OR (product_id = ANY (${productIds}) AND entitlement_seats(entitlement) > 0)
       ORDER BY ends_on, id) e`,
  },
  {
    as: 'products',
    named: [ids('productId')],
    sql: (productIds) => `SELECT coalesce(json_agg(p.id), '[]') FROM licence_product p WHERE id = ANY (${productIds})`,
  },
  {
    as: 'deviceModels',
    named: [ids('deviceModelId')],
    sql: (modelIds) => `SELECT coalesce(json_agg(m), '[]') FROM (
       SELECT id, manufacturer || ' ' || model AS name FROM device_model WHERE id = ANY (${modelIds})) m`,
  },
];

const SERVICE = (id: string) => `SELECT row_to_json(s)
  FROM (SELECT name, retired_at IS NULL AS "isActive" FROM service WHERE id = ${id}) s`;

/**
 * Looks up everything that a wish names, in one statement. What no line names is not part of it: a look-up that finds
 * nothing costs as much as one that does. Lines that name several sorts of things get the statement with all look-ups, so
 * that there are few texts, which the server keeps.
 */
export async function wishFacts(db: Queryable, wish: PlainWish): Promise<WishFacts> {
  const named = (key: string) =>
    wish.lines.flatMap((line: WishLine) => (line as Readonly<Record<string, string | undefined>>)[key] ?? []);
  const isAsked = (look: Look) => look.named.some(({ key }) => named(key).length > 0);
  const asked = LOOKS.filter(isAsked);
  const looks = asked.length > 1 ? LOOKS : asked;
  const parameters: unknown[] = [wish.holder.id];
  const next = (value: unknown) => `$${parameters.push(value)}`;
  const columns = looks.map(({ as, named: things, sql }) => {
    const placed = things.map(({ key, type }) => {
      const values = type === 'text' ? named(key).map((text) => text.toLowerCase()) : named(key);
      return `${next(values)}::${type}[]`;
    });
    return `(${sql(...placed)}) AS "${as}"`;
  });
  if (wish.serviceId !== undefined) columns.push(`(${SERVICE(next(wish.serviceId))}) AS service`);
  const [facts] = await db.rows<Partial<WishFacts> & { now: Date }>(
    `SELECT ${['clock_timestamp() AS now', `(SELECT row_to_json(h) FROM (${HOLDERS[wish.holder.kind]}) h) AS holder`, ...columns].join(', ')}`,
    parameters,
  );
  if (!facts) throw new Error('A statement without FROM answered no row');
  return { ...NOTHING, ...facts, now: instantOf(facts.now) };
}

const NOTHING: Omit<WishFacts, 'now'> = {
  holder: null,
  service: null,
  units: [],
  stock: [],
  parts: [],
  locations: [],
  entitlements: [],
  products: [],
  deviceModels: [],
};
