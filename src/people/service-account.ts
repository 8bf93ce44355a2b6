import { z } from 'zod';
import type { Owner } from '../auth/owner.store.ts';
import { lineText } from '../kernel/text.ts';
import { changesSomething, type Identity, nameSchema, rolesSchema } from './identity.ts';

const fields = {
  name: nameSchema,
  ownerId: z.uuid().toLowerCase().describe('The person or team that answers for it'),
  purpose: lineText(500).describe('What it is for'),
  roles: rolesSchema,
};

/** A new service account. */
export const newServiceAccountSchema = z.strictObject({ ...fields, roles: fields.roles.default([]) });

/** A change: what is named replaces what was there. */
export const serviceAccountChangeSchema = z
  .strictObject(fields)
  .partial()
  .refine(...changesSomething);

export type NewServiceAccount = z.infer<typeof newServiceAccountSchema>;
export type ServiceAccountChange = z.infer<typeof serviceAccountChangeSchema>;

export interface ServiceAccount extends Identity {
  readonly owner: Owner;
  readonly purpose: string;
}
