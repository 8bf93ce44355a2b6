import { ServiceEntity } from '../../../src/services/service.entity.ts';
import { PolicyVersionEntity, TargetEntity } from '../../../src/sla/policy.entity.ts';

export const ENTITIES = [ServiceEntity, PolicyVersionEntity, TargetEntity];
