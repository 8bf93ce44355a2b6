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

const factsStatement = (holder: string) => `
  SELECT clock_timestamp() AS now,
    (SELECT row_to_json(h) FROM (${holder}) h) AS holder,
    (SELECT row_to_json(s) FROM (SELECT name, retired_at IS NULL AS "isActive" FROM service WHERE id = $2) s) AS service,
    (SELECT coalesce(json_agg(u), '[]') FROM (
       SELECT u.id, u.part_id AS "partId", p.part_number AS "partNumber", p.manufacturer, lower(u.serial) AS "serialKey",
              lower(u.asset_tag) AS "assetTagKey"
       FROM (SELECT * FROM unit WHERE id = ANY ($3::uuid[])
             UNION SELECT * FROM unit WHERE lower(asset_tag) = ANY ($4::text[])
             UNION (SELECT * FROM unit WHERE lower(serial) = ANY ($5::text[]) LIMIT 2000)) u
       JOIN part p ON p.id = u.part_id ORDER BY p.manufacturer, p.part_number) u) AS units,
    (SELECT coalesce(json_agg(s), '[]') FROM (SELECT id, part_id AS "partId" FROM stock WHERE id = ANY ($6::uuid[])) s) AS stock,
    (SELECT coalesce(json_agg(p), '[]') FROM (SELECT id, tracking FROM part WHERE id = ANY ($7::uuid[])) p) AS parts,
    (SELECT coalesce(json_agg(l.id), '[]') FROM location l WHERE id = ANY ($8::uuid[])) AS locations,
    (SELECT coalesce(json_agg(e), '[]') FROM (
       SELECT id, product_id AS "productId", metric FROM entitlement
       WHERE id = ANY ($9::uuid[]) OR (product_id = ANY ($10::uuid[]) AND entitlement_seats(entitlement) > 0)
       ORDER BY ends_on, id) e) AS entitlements,
    (SELECT coalesce(json_agg(p.id), '[]') FROM licence_product p WHERE id = ANY ($10::uuid[])) AS products,
    (SELECT coalesce(json_agg(m), '[]') FROM (
       SELECT id, manufacturer || ' ' || model AS name FROM device_model WHERE id = ANY ($11::uuid[])) m) AS "deviceModels"`;

/** Looks up everything that a wish names, in one statement. */
export async function wishFacts(db: Queryable, wish: PlainWish): Promise<WishFacts> {
  const named = (key: string) =>
    wish.lines.flatMap((line: WishLine) => (line as Readonly<Record<string, string | undefined>>)[key] ?? []);
  const lower = (texts: readonly string[]) => texts.map((text) => text.toLowerCase());
  const [facts] = await db.rows<Omit<WishFacts, 'now'> & { now: Date }>(factsStatement(HOLDERS[wish.holder.kind]), [
    wish.holder.id,
    wish.serviceId ?? null,
    named('unitId'),
    lower(named('assetTag')),
    lower(named('serial')),
    named('stockId'),
    named('partId'),
    named('locationId'),
    named('entitlementId'),
    named('productId'),
    named('deviceModelId'),
  ]);
  if (!facts) throw new Error('A statement without FROM answered no row');
  return { ...facts, now: instantOf(facts.now) };
}
