import { EntitySchema } from 'typeorm';
import type { Severity } from '../kernel/severity.ts';
import type { PolicyOrigin, PolicyStarts } from './policy.ts';

/** A row of the ledger `sla_policy_version`. Keys, checks and triggers are in its migration. */
export interface PolicyVersionRow {
  version: number;
  origin: PolicyOrigin;
  note: string;
  starts: PolicyStarts;
  confirmedBy: string | null;
  approvedBy: string | null;
  createdAt: Date;
}

export const PolicyVersionEntity = new EntitySchema<PolicyVersionRow>({
  name: 'SlaPolicyVersion',
  tableName: 'sla_policy_version',
  columns: {
    version: { type: 'integer', primary: true },
    origin: { type: 'text' },
    note: { type: 'text' },
    starts: { type: 'jsonb' },
    confirmedBy: { name: 'confirmed_by', type: 'uuid', nullable: true },
    approvedBy: { name: 'approved_by', type: 'uuid', nullable: true },
    createdAt: { name: 'created_at', type: 'timestamptz', default: () => 'now()' },
  },
});

/** A row of the ledger `sla_target`: three of them belong to each version, committed together with it. */
export interface TargetRow {
  policyVersion: number;
  severity: Severity;
  respondSeconds: number;
  planSeconds: number;
  recoverSeconds: number;
  rpoSeconds: number;
  terms: object;
}

export const TargetEntity = new EntitySchema<TargetRow>({
  name: 'SlaTarget',
  tableName: 'sla_target',
  columns: {
    policyVersion: { name: 'policy_version', type: 'integer', primary: true },
    severity: { type: 'text', primary: true },
    respondSeconds: { name: 'respond_seconds', type: 'integer' },
    planSeconds: { name: 'plan_seconds', type: 'integer' },
    recoverSeconds: { name: 'recover_seconds', type: 'integer' },
    rpoSeconds: { name: 'rpo_seconds', type: 'integer' },
    terms: { type: 'jsonb' },
  },
});
