import { PersonEntity, ServiceAccountEntity, TeamEntity } from '../../src/people/people.entity.ts';
import { personRoutes } from '../../src/people/person.routes.ts';
import { serviceAccountRoutes } from '../../src/people/service-account.routes.ts';
import { teamRoutes } from '../../src/people/team.routes.ts';

export const PEOPLE_ENTITIES = [PersonEntity, TeamEntity, ServiceAccountEntity];
export const peopleRoutes = () => [...personRoutes(), ...teamRoutes(), ...serviceAccountRoutes()];
