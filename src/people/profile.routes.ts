import { z } from 'zod';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { profileOf } from './profile.queries.ts';
import { updateProfile } from './profile.service.ts';
import { CONTACT_KINDS, PERSON_FUNCTIONS, type Profile, profileChangeSchema, SKILL_LEVELS } from './profile.ts';

/** How persons can be reached, as what, and what they can do. */
export const profileRoutes = (): Route[] => [getOne, update];

const profileView = z.object({
  personId: z.uuid(),
  contacts: z
    .array(z.object({ kind: z.enum(CONTACT_KINDS), value: z.string(), note: z.string() }))
    .describe('In the order in which to try them'),
  functions: z.array(z.enum(PERSON_FUNCTIONS)),
  skills: z.array(
    z.object({
      field: z.object({ id: z.uuid(), name: z.string() }),
      level: z.enum(SKILL_LEVELS),
      since: z.iso.datetime(),
      validUntil: z.iso.datetime().nullable(),
      note: z.string(),
    }),
  ),
  leavesAt: z.iso.datetime().nullable(),
  version: z.int().describe('The version of the person: send it as If-Match with a change'),
});

const viewOf = ({
  personId,
  contacts,
  functions,
  skills,
  leavesAt,
  version,
}: Profile): z.input<typeof profileView> => ({
  personId,
  contacts: [...contacts],
  functions: [...functions],
  skills: skills.map(({ since, validUntil, ...skill }) => ({
    ...skill,
    since: since.toString(),
    validUntil: validUntil?.toString() ?? null,
  })),
  leavesAt: leavesAt?.toString() ?? null,
  version,
});

const replyOf = (profile: Profile) => ({ body: viewOf(profile), version: profile.version });

const FIELD = { id: '019aab2c-6f01-7c3e-9d52-6f1b0a4e8c11', name: 'database' };

const EXAMPLE: z.input<typeof profileView> = {
  personId: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
  contacts: [{ kind: 'mobile', value: '+86 21 5555 0100', note: 'Also at night' }],
  functions: ['technical expert'],
  skills: [
    {
      field: FIELD,
      level: 'expert',
      since: '2025-01-01T00:00:00Z',
      validUntil: '2028-01-01T00:00:00Z',
      note: 'Certificate 4711',
    },
  ],
  leavesAt: null,
  version: 2,
};

const common = { tag: 'people' } as const;

const getOne = defineRead({
  ...common,
  path: '/persons/{id}/profile',
  operationId: 'getPersonProfile',
  summary: 'How a person can be reached, as what, and what they can do',
  permission: 'people.read',
  errors: ['no-such-person'],
  params: idParams,
  response: profileView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => replyOf(await profileOf(db, params.id)),
});

const update = defineWrite({
  ...common,
  method: 'patch',
  path: '/persons/{id}/profile',
  operationId: 'updatePersonProfile',
  summary: 'Change a profile: what the body names replaces what was there, lists as a whole',
  permission: 'people.write',
  errors: ['no-such-person', 'stale-person', 'principal-beyond-you', 'unsuitable-skill-field'],
  ifMatch: true,
  params: idParams,
  body: profileChangeSchema,
  response: profileView,
  examples: {
    body: {
      contacts: [{ kind: 'mobile', value: '+86 21 5555 0100', note: 'Also at night' }],
      functions: ['technical expert'],
      skills: [
        {
          fieldId: FIELD.id,
          level: 'expert',
          since: '2025-01-01T00:00:00Z',
          validUntil: '2028-01-01T00:00:00Z',
          note: 'Certificate 4711',
        },
      ],
    },
    response: EXAMPLE,
  },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await updateProfile(request.tx, request, target, request.body));
  },
});
