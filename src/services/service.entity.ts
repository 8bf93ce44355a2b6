import { EntitySchema } from 'typeorm';
import type { Severity } from '../kernel/severity.ts';

/** A row of `service`. Keys, checks and triggers are in its migration. */
export interface ServiceRow {
  id: string;
  name: string;
  criticality: Severity;
  ownerId: string;
  ownerKind: 'person' | 'team';
  customer: string;
  maxProofAgeDays: number;
  system: boolean;
  retiredAt: Date | null;
  retiredReason: string | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export const ServiceEntity = new EntitySchema<ServiceRow>({
  name: 'Service',
  tableName: 'service',
  columns: {
    id: { type: 'uuid', primary: true },
    name: { type: 'text' },
    criticality: { type: 'text' },
    ownerId: { name: 'owner_id', type: 'uuid' },
    ownerKind: { name: 'owner_kind', type: 'text' },
    customer: { type: 'text' },
    maxProofAgeDays: { name: 'max_proof_age_days', type: 'integer' },
    system: { type: 'boolean', default: false },
    retiredAt: { name: 'retired_at', type: 'timestamptz', nullable: true },
    retiredReason: { name: 'retired_reason', type: 'text', nullable: true },
    version: { type: 'integer', default: 1 },
    createdAt: { name: 'created_at', type: 'timestamptz', default: () => 'now()' },
    updatedAt: { name: 'updated_at', type: 'timestamptz', default: () => 'now()' },
  },
});
