import { z } from 'zod';
import { lineText } from '../kernel/text.ts';
import { type IdentityApi, identityView, identityViewOf, stateQuery } from './identity.api.ts';
import { listPersons, type PersonFilter, personById } from './people.queries.ts';
import { createPerson, updatePerson } from './person.service.ts';
import { type NewPerson, newPersonSchema, type Person, type PersonChange, personChangeSchema } from './person.ts';

const view = z.object({
  ...identityView,
  email: z.string(),
  zone: z.string().nullable().describe('A name of the time zone database'),
});

interface PersonTypes {
  readonly item: Person;
  readonly view: z.input<typeof view>;
  readonly new: NewPerson;
  readonly change: PersonChange;
  readonly filter: PersonFilter;
}

const EXAMPLE: NewPerson = {
  name: 'Duty technician',
  email: 'duty@example.org',
  zone: 'Asia/Shanghai',
  roles: ['operator'],
};

/** Persons: who works with Muster, and what each may do. */
export const personApi: IdentityApi<PersonTypes> = {
  kind: 'person',
  path: '/persons',
  noun: 'person',
  operationNoun: 'Person',
  view,
  viewOf: (person) => ({ ...identityViewOf(person), email: person.email, zone: person.zone }),
  newSchema: newPersonSchema,
  changeSchema: personChangeSchema,
  filters: {
    state: stateQuery,
    teamId: z.uuid().optional().describe('Only the members of this team'),
    email: lineText(254).optional().describe('Only the person with this address'),
  },
  ownErrors: ['email-taken'],
  examples: {
    new: EXAMPLE,
    view: {
      id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
      ...EXAMPLE,
      disabledAt: null,
      version: 1,
      createdAt: '2026-11-22T09:30:00Z',
    },
    change: { zone: 'Europe/Berlin' },
  },
  list: listPersons,
  byId: personById,
  create: createPerson,
  update: updatePerson,
};
