import { listAlertRules } from '../alerts/alert-rule.queries.ts';
import type { AlertRule } from '../alerts/alert-rule.ts';
import { HOLDER_KINDS, type Holder } from '../allocations/allocation.ts';
import { holdersMatching } from '../allocations/holder.queries.ts';
import { scannedLocation, scannedUnits } from '../allocations/scan.queries.ts';
import type { ScannedUnit } from '../allocations/scan.ts';
import type { Queryable } from '../database/database.ts';
import { deviceModelsMatching } from '../inventory/device-model-match.queries.ts';
import { partsMatching } from '../inventory/part.queries.ts';
import type { PartRef } from '../inventory/part.ts';
import { AppError } from '../kernel/errors.ts';
import { entitlementsMatching } from '../licences/entitlement.queries.ts';
import type { Entitlement } from '../licences/entitlement.ts';
import { productsMatching } from '../licences/product.queries.ts';
import { type Product, productTitle } from '../licences/product.ts';
import { listChannels } from '../notices/channels/channel.queries.ts';
import type { Channel } from '../notices/channels/channel.ts';
import { unknownName } from './arguments.ts';

/** A part by id, number, or "manufacturer number". @throws AppError `usage` `unknown-part`, `ambiguous-part`. */
export async function partNamed(db: Queryable, text: string): Promise<PartRef> {
  const title = ({ manufacturer, partNumber }: PartRef) => `"${manufacturer} ${partNumber}"`;
  return only('part', text, await partsMatching(db, text), title, 'muster spare list shows the parts');
}

/** A unit by asset tag or serial. @throws AppError `usage` `unknown-unit`, `ambiguous-unit`. */
export async function unitNamed(db: Queryable, text: string): Promise<ScannedUnit> {
  const title = ({ part, serial, assetTag }: ScannedUnit) =>
    `${serial} of ${part.partNumber}${assetTag === null ? '' : ` (asset tag ${assetTag})`}`;
  const hint = 'name it by its asset tag or serial, as muster spare list --part shows them';
  return only('unit', text, await scannedUnits(db, text), title, hint);
}

/** A failed device's model, or "manufacturer model". @throws AppError `usage` `unknown-device-model`, `ambiguous-device-model`. */
export async function deviceModelNamed(db: Queryable, text: string): Promise<{ readonly id: string }> {
  const found = await deviceModelsMatching(db, text);
  const title = ({ manufacturer, model }: (typeof found)[number]) => `"${manufacturer} ${model}"`;
  return only('device model', text, found, title, 'name it by its model, or "manufacturer model"');
}

/** A location by its code. @throws AppError `usage` `unknown-location`. */
export async function locationNamed(
  db: Queryable,
  code: string,
): Promise<{ readonly id: string; readonly code: string }> {
  const found = await scannedLocation(db, code);
  return only('location', code, found ? [found] : [], (location) => location.code, 'name it by its code');
}

/** A product by id, name, or "vendor name version". @throws AppError `usage` `unknown-product`, `ambiguous-product`. */
export async function productNamed(db: Queryable, text: string): Promise<Product> {
  const title = (product: Product) => `"${productTitle(product)}"`;
  return only('product', text, await productsMatching(db, text), title, 'muster licence list shows them');
}

/** An entitlement by id or name. @throws AppError `usage` `unknown-entitlement`, `ambiguous-entitlement`. */
export async function entitlementNamed(db: Queryable, text: string): Promise<Entitlement> {
  const title = ({ product, name, id }: Entitlement) => `${name} of ${product.vendor} ${product.name} (${id})`;
  return only('entitlement', text, await entitlementsMatching(db, text), title, 'muster licence list shows them');
}

/**
 * Who is to have something: a person, team, service or project by name. A kind before it (`team:Night shift`) tells apart
 * what has the same name.
 * @throws AppError `usage` `unknown-holder`, `ambiguous-holder`.
 */
export async function holderNamed(db: Queryable, text: string): Promise<Holder> {
  const kind = HOLDER_KINDS.find((known) => text.toLowerCase().startsWith(`${known}:`));
  const name = kind === undefined ? text : text.slice(kind.length + 1);
  const title = (holder: Holder) => `"${holder.kind}:${holder.name}"`;
  const hint = 'name an active person or team, or a service or project in use';
  return only('holder', text, await holdersMatching(db, name, kind), title, hint);
}

/** A service in use by name. @throws AppError `usage` `unknown-service`. */
export async function serviceNamed(db: Queryable, name: string): Promise<Holder> {
  const found = await holdersMatching(db, name, 'service');
  return only('service', name, found, (service) => service.name, 'name a service in use');
}

/** An alert rule in use by name. @throws AppError `usage` `unknown-alert-rule`. */
export function alertRuleNamed(db: Queryable, name: string): Promise<AlertRule> {
  return listed('alert rule', name, async (after) => {
    const rows = await listAlertRules(db, 'active', { limit: PAGE_ROWS, after });
    return rows.map(({ rule, nameKey }) => ({ one: rule, nameKey }));
  });
}

/** A notification channel in use by name. @throws AppError `usage` `unknown-notification-channel`. */
export function channelNamed(db: Queryable, name: string): Promise<Channel> {
  return listed('notification channel', name, async (after) => {
    const rows = await listChannels(db, 'active', { limit: PAGE_ROWS, after });
    return rows.map(({ channel, nameKey }) => ({ one: channel, nameKey }));
  });
}

const PAGE_ROWS = 200;

/** What has a name, whatever the case, in a list that is read page by page in the order of the names. */
async function listed<T extends { readonly name: string }>(
  kind: string,
  name: string,
  page: (after?: string) => Promise<readonly { readonly one: T; readonly nameKey: string }[]>,
): Promise<T> {
  const known: string[] = [];
  for (let after: string | undefined; ; ) {
    const rows = await page(after);
    const found = rows.find(({ one }) => one.name.toLowerCase() === name.toLowerCase());
    if (found) return found.one;
    known.push(...rows.map(({ one }) => one.name));
    after = rows.at(-1)?.nameKey;
    if (after === undefined) throw unknownName(kind, name, known);
  }
}

/** What a name means when it means one thing. */
function only<T>(kind: string, text: string, found: readonly T[], title: (one: T) => string, hint: string): T {
  const [one, ...others] = found;
  const code = kind.replaceAll(' ', '-');
  if (one === undefined) throw new AppError('usage', `unknown-${code}`, `There is no ${kind} ${text}: ${hint}`);
  if (others.length === 0) return one;
  const candidates = found.map(title).join(', ');
  throw new AppError('usage', `ambiguous-${code}`, `${text} could be any of ${candidates}: name one of them`);
}
