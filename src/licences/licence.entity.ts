import { EntitySchema } from 'typeorm';
import type { LicenceMetric } from './entitlement.ts';

/** A row of `licence_product`. Keys, checks and triggers are in its migration. */
export interface ProductRow {
  id: string;
  vendor: string;
  name: string;
  productVersion: string;
  retiredAt: Date | null;
  retiredReason: string | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

/** A row of `entitlement`. Days are text, because a Date would shift with the zone of the process. */
export interface EntitlementRow {
  id: string;
  productId: string;
  name: string;
  metric: LicenceMetric;
  quantity: number;
  term: 'perpetual' | 'term';
  startsOn: string;
  endsOn: string | null;
  supportEndsOn: string | null;
  contract: string | null;
  cost: string | null;
  currency: string | null;
  ownerId: string | null;
  ownerKind: 'person' | 'team' | null;
  emergencyReserve: number;
  overuse: 'deny' | 'allow';
  overusePercentMax: number;
  note: string | null;
  retiredAt: Date | null;
  retiredReason: string | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

/** A row of `licence_key`: the key itself lies in it sealed only. */
export interface LicenceKeyRow {
  id: string;
  entitlementId: string;
  seat: string;
  sealed: string;
  withdrawnAt: Date | null;
  withdrawnReason: string | null;
  version: number;
  createdAt: Date;
}

const retirable = {
  retiredAt: { name: 'retired_at', type: 'timestamptz', nullable: true },
  retiredReason: { name: 'retired_reason', type: 'text', nullable: true },
  version: { type: 'integer', default: 1 },
  createdAt: { name: 'created_at', type: 'timestamptz', default: () => 'now()' },
  updatedAt: { name: 'updated_at', type: 'timestamptz', default: () => 'now()' },
} as const;

export const ProductEntity = new EntitySchema<ProductRow>({
  name: 'LicenceProduct',
  tableName: 'licence_product',
  columns: {
    id: { type: 'uuid', primary: true },
    vendor: { type: 'text' },
    name: { type: 'text' },
    productVersion: { name: 'product_version', type: 'text', default: '' },
    ...retirable,
  },
});

export const EntitlementEntity = new EntitySchema<EntitlementRow>({
  name: 'Entitlement',
  tableName: 'entitlement',
  columns: {
    id: { type: 'uuid', primary: true },
    productId: { name: 'product_id', type: 'uuid' },
    name: { type: 'text' },
    metric: { type: 'text' },
    quantity: { type: 'integer' },
    term: { type: 'text' },
    startsOn: { name: 'starts_on', type: 'date' },
    endsOn: { name: 'ends_on', type: 'date', nullable: true },
    supportEndsOn: { name: 'support_ends_on', type: 'date', nullable: true },
    contract: { type: 'text', nullable: true },
    cost: { type: 'numeric', precision: 14, scale: 2, nullable: true },
    currency: { type: 'text', nullable: true },
    ownerId: { name: 'owner_id', type: 'uuid', nullable: true },
    ownerKind: { name: 'owner_kind', type: 'text', nullable: true },
    emergencyReserve: { name: 'emergency_reserve', type: 'integer', default: 0 },
    overuse: { type: 'text', default: 'deny' },
    overusePercentMax: { name: 'overuse_percent_max', type: 'integer', default: 0 },
    note: { type: 'text', nullable: true },
    ...retirable,
  },
});

export const LicenceKeyEntity = new EntitySchema<LicenceKeyRow>({
  name: 'LicenceKey',
  tableName: 'licence_key',
  columns: {
    id: { type: 'uuid', primary: true },
    entitlementId: { name: 'entitlement_id', type: 'uuid' },
    seat: { type: 'text', default: '' },
    sealed: { type: 'text' },
    withdrawnAt: { name: 'withdrawn_at', type: 'timestamptz', nullable: true },
    withdrawnReason: { name: 'withdrawn_reason', type: 'text', nullable: true },
    version: { type: 'integer', default: 1 },
    createdAt: { name: 'created_at', type: 'timestamptz', default: () => 'now()' },
  },
});
