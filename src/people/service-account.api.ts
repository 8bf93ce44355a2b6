import { z } from 'zod';
import { type IdentityApi, identityView, identityViewOf, stateQuery } from './identity.api.ts';
import { listServiceAccounts, type ServiceAccountFilter, serviceAccountById } from './people.queries.ts';
import { createServiceAccount, updateServiceAccount } from './service-account.service.ts';
import {
  type NewServiceAccount,
  newServiceAccountSchema,
  type ServiceAccount,
  type ServiceAccountChange,
  serviceAccountChangeSchema,
} from './service-account.ts';

const view = z.object({
  ...identityView,
  owner: z.object({ id: z.uuid(), kind: z.enum(['person', 'team']), name: z.string() }),
  purpose: z.string(),
});

interface ServiceAccountTypes {
  readonly item: ServiceAccount;
  readonly view: z.input<typeof view>;
  readonly new: NewServiceAccount;
  readonly change: ServiceAccountChange;
  readonly filter: ServiceAccountFilter;
}

const EXAMPLE: NewServiceAccount = {
  name: 'cron',
  ownerId: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d',
  purpose: 'Runs the nightly checks',
  roles: ['operator'],
};

/** Service accounts: programs that act for a person or a team. */
export const serviceAccountApi: IdentityApi<ServiceAccountTypes> = {
  kind: 'service-account',
  path: '/service-accounts',
  noun: 'service account',
  operationNoun: 'ServiceAccount',
  view,
  viewOf: (account) => ({ ...identityViewOf(account), owner: account.owner, purpose: account.purpose }),
  newSchema: newServiceAccountSchema,
  changeSchema: serviceAccountChangeSchema,
  filters: {
    state: stateQuery,
    ownerId: z.uuid().optional().describe('Only those of this person or team'),
  },
  ownErrors: ['unsuitable-owner'],
  examples: {
    new: EXAMPLE,
    view: {
      id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
      name: EXAMPLE.name,
      owner: { id: EXAMPLE.ownerId, kind: 'team', name: 'Database operations' },
      purpose: EXAMPLE.purpose,
      roles: EXAMPLE.roles,
      disabledAt: null,
      version: 1,
      createdAt: '2026-11-22T09:30:00Z',
    },
    change: { purpose: 'Runs the nightly checks and the weekly drill' },
  },
  list: listServiceAccounts,
  byId: serviceAccountById,
  create: createServiceAccount,
  update: updateServiceAccount,
};
