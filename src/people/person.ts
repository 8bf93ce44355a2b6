import { z } from 'zod';
import { isZone } from '../kernel/zone.ts';
import { changesSomething, type Identity, nameSchema, rolesSchema } from './identity.ts';

const fields = {
  name: nameSchema,
  email: z.email().max(254).describe('Unique among persons, whatever the case'),
  zone: z
    .string()
    .max(64)
    .refine(isZone, { message: 'must be a name of the time zone database, such as Asia/Shanghai' })
    .nullable()
    .describe('Where they live and work; null: not known'),
  roles: rolesSchema,
};

/** A new person. */
export const newPersonSchema = z.strictObject({
  ...fields,
  zone: fields.zone.default(null),
  roles: fields.roles.default([]),
});

/** A change: what is named replaces what was there. */
export const personChangeSchema = z
  .strictObject(fields)
  .partial()
  .refine(...changesSomething);

export type NewPerson = z.infer<typeof newPersonSchema>;
export type PersonChange = z.infer<typeof personChangeSchema>;

export interface Person extends Identity {
  readonly email: string;
  readonly zone: string | null;
}
