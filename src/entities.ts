import type { EntitySchema } from 'typeorm';
import { EntitlementEntity, LicenceKeyEntity, ProductEntity } from './licences/licence.entity.ts';
import { PersonEntity, ServiceAccountEntity, TeamEntity } from './people/people.entity.ts';
import { ServiceEntity } from './services/service.entity.ts';
import { PolicyVersionEntity, TargetEntity } from './sla/policy.entity.ts';

/** Every entity there is. */
export const ENTITIES = [
  PersonEntity,
  TeamEntity,
  ServiceAccountEntity,
  ServiceEntity,
  PolicyVersionEntity,
  TargetEntity,
  ProductEntity,
  EntitlementEntity,
  LicenceKeyEntity,
] as EntitySchema[];
