import { lineText } from '../../kernel/text.ts';
import { LICENCE_METRICS, SEATS_MAX } from '../../licences/entitlement.ts';
import { choiceCell, currencyCell, dayCell, decimalCell, textCell, wholeNumberCell } from '../cell.ts';
import { type ImportField, type ImportKind, type ImportRule, optionalField } from '../import-kind.ts';
import { applyEntitlements, holdEntitlements, judgeRepeated } from './entitlement-apply.store.ts';
import { OWNER_RULES } from './owner-reference.ts';
import { PRODUCT_CANONICAL, PRODUCT_FIELDS, PRODUCT_JOIN, SAME_PRODUCT } from './product-reference.ts';
import { ID_CELL } from './reference-cell.ts';

const SEATS = wholeNumberCell(0, SEATS_MAX);

const FIELDS: readonly ImportField[] = [
  ...PRODUCT_FIELDS,
  {
    name: 'name',
    description: "What people call it: the order, the site, the edition; left out of a new one: the product's",
    aliases: ['entitlement', 'entitlement name', 'licence', 'license'],
    read: textCell(lineText(160)),
    initial: 's.product',
  },
  {
    name: 'entitlement_id',
    description: 'Its id, which exports state; without it, the name says which one of its product is meant',
    read: ID_CELL,
  },
  {
    name: 'metric',
    description: `What one seat is counted by: one of ${LICENCE_METRICS.join(', ')}`,
    aliases: ['licence metric', 'license metric'],
    read: choiceCell(LICENCE_METRICS),
    isRequired: true,
  },
  {
    name: 'quantity',
    description: 'Seats that it gives',
    aliases: ['seats', 'qty'],
    read: SEATS,
    isRequired: true,
  },
  {
    name: 'starts_on',
    description: 'The first day of the right',
    aliases: ['start', 'start date', 'valid from'],
    read: dayCell,
    isRequired: true,
  },
  optionalField('ends_on', 'The last day of the right, itself included; empty: it is perpetual', dayCell, {
    aliases: ['end', 'end date', 'valid until', 'expires', 'expiration date'],
  }),
  optionalField('support_ends_on', 'The last day of support and updates', dayCell, {
    aliases: ['support until', 'maintenance until'],
  }),
  optionalField('contract', 'Number or name of the contract', textCell(lineText(120)), {
    aliases: ['contract number', 'purchase order'],
  }),
  optionalField('cost', 'What it cost as a whole', decimalCell({ placesMax: 2, max: 999_999_999_999.99 }), {
    isDecimal: true,
    aliases: ['price'],
  }),
  optionalField('currency', 'The currency of the cost, three letters', currencyCell),
  optionalField('owner', 'The person or team that answers for it, by name', textCell(lineText(200))),
  {
    name: 'emergency_reserve',
    description: 'Seats that only an emergency may take',
    aliases: ['reserve'],
    read: SEATS,
    initial: `'0'`,
  },
  {
    name: 'overuse_percent_max',
    description: 'How far check-outs may go above the quantity, in percent of it; 0: not at all',
    aliases: ['overuse', 'overuse percent'],
    read: wholeNumberCell(0, 1000),
    initial: `'0'`,
  },
  optionalField('note', 'What else one should know', textCell(lineText(1000)), { aliases: ['notes', 'remarks'] }),
];

const RULES: readonly ImportRule[] = [
  {
    field: 'product',
    when: 's.vendor IS NOT NULL AND s.product IS NOT NULL AND product.id IS NULL',
    message: `'there is no product "' || concat_ws(' ', s.product, s.product_version) || '" of "' || s.vendor
      || '": bring the products in first'`,
  },
  { field: 'product', when: 'product.retired_at IS NOT NULL AND c.id IS NULL', message: `'is a retired product'` },
  {
    field: 'entitlement_id',
    when: 's.entitlement_id IS NOT NULL AND by_id.id IS NULL',
    message: `'there is no entitlement ' || s.entitlement_id || ': leave it out where a new one is meant'`,
  },
  {
    field: 'product',
    when: 'c.product_id <> product.id',
    message: `'cannot be changed by an import: it is ' || concat_ws(' ', c.vendor, c.product, c.product_version)`,
  },
  {
    field: 'name',
    when: 's.entitlement_id IS NULL AND by_name.count > 1',
    message: `by_name.count || ' entitlements to the product have this name: say by entitlement_id which one is meant'`,
  },
  { field: 'name', when: 'c.is_retired AND d.is_changed', message: `'is retired and changes no more'` },
  { field: 'ends_on', when: 'v.ends_on < v.starts_on', message: `'must not lie before ' || v.starts_on` },
  ...OWNER_RULES,
  {
    field: 'currency',
    when: '(v.cost IS NULL) <> (v.currency IS NULL)',
    message: `'a cost goes with a currency: state both or none'`,
  },
];

/** Rights to use licensed products. Their keys are no field: they neither come in nor go out this way. */
export const ENTITLEMENTS: ImportKind = {
  name: 'entitlements',
  noun: 'entitlement',
  writePermission: 'licence.write',
  readPermission: 'licence.read',
  fields: FIELDS,
  current: `SELECT e.id, e.product_id, p.vendor, p.name AS product, nullif(p.product_version, '') AS product_version, e.name,
      e.id::text AS entitlement_id, e.metric, e.quantity::text AS quantity, e.starts_on::text AS starts_on,
      e.ends_on::text AS ends_on, e.support_ends_on::text AS support_ends_on, e.contract, trim_scale(e.cost)::text AS cost,
      e.currency, o.name AS owner, e.emergency_reserve::text AS emergency_reserve,
      e.overuse_percent_max::text AS overuse_percent_max, e.note, e.retired_at IS NOT NULL AS is_retired
    FROM entitlement e JOIN licence_product p ON p.id = e.product_id LEFT JOIN principal o ON o.id = e.owner_id`,
  joins: `${PRODUCT_JOIN}
    LEFT JOIN entitlement by_id ON by_id.id = s.entitlement_id::uuid
    LEFT JOIN (SELECT product_id, lower(name) AS name, min(id::text)::uuid AS id, count(*) FROM entitlement
               WHERE retired_at IS NULL GROUP BY product_id, lower(name))
      by_name ON by_name.product_id = product.id AND by_name.name = lower(coalesce(s.name, s.product))
    LEFT JOIN principal owner ON lower(owner.name) = lower(s.owner)`,
  match: `c.id = CASE WHEN s.entitlement_id IS NULL THEN by_name.id ELSE by_id.id END`,
  canonical: { ...PRODUCT_CANONICAL, owner: 'coalesce(owner.name, s.owner)' },
  references: { product_id: 'product.id' },
  // Whoever names an entitlement by its id need not be its only line of that name.
  unique: [
    {
      field: 'name',
      by: `CASE WHEN s.entitlement_id IS NULL THEN '' END, ${SAME_PRODUCT}, lower(coalesce(s.name, s.product))`,
    },
  ],
  rules: RULES,
  hold: holdEntitlements,
  judge: judgeRepeated,
  apply: applyEntitlements,
};
