import { PersonEntity, ServiceAccountEntity, TeamEntity } from '../../src/people/people.entity.ts';

export const PEOPLE_ENTITIES = [PersonEntity, TeamEntity, ServiceAccountEntity];
