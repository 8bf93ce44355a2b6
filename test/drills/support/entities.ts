import { ServiceEntity } from '../../../src/services/service.entity.ts';
import { PolicyVersionEntity, TargetEntity } from '../../../src/sla/policy.entity.ts';
import { PEOPLE_ENTITIES } from '../../people/entities.ts';

export const ENTITIES = [...PEOPLE_ENTITIES, ServiceEntity, PolicyVersionEntity, TargetEntity];
