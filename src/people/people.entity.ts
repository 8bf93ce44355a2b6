import { EntitySchema } from 'typeorm';

// Name, roles, version and whether it is disabled lie in `principal`, whose id these rows share. The column `kind`, which
// every row fills by its default, exists for the foreign keys alone. Keys and checks are in the migration.

/** A row of `person`. */
export interface PersonRow {
  id: string;
  email: string;
  zone: string | null;
}

export const PersonEntity = new EntitySchema<PersonRow>({
  name: 'Person',
  tableName: 'person',
  columns: {
    id: { type: 'uuid', primary: true },
    email: { type: 'text' },
    zone: { type: 'text', nullable: true },
  },
});

/** A row of `team`. */
export interface TeamRow {
  id: string;
}

export const TeamEntity = new EntitySchema<TeamRow>({
  name: 'Team',
  tableName: 'team',
  columns: { id: { type: 'uuid', primary: true } },
});

/** A row of `service_account`. */
export interface ServiceAccountRow {
  id: string;
  ownerId: string;
  ownerKind: 'person' | 'team';
  purpose: string;
}

export const ServiceAccountEntity = new EntitySchema<ServiceAccountRow>({
  name: 'ServiceAccount',
  tableName: 'service_account',
  columns: {
    id: { type: 'uuid', primary: true },
    ownerId: { name: 'owner_id', type: 'uuid' },
    ownerKind: { name: 'owner_kind', type: 'text' },
    purpose: { type: 'text' },
  },
});
