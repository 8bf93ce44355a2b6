import type { Owner } from '../auth/owner.store.ts';
import type { Role } from '../auth/permissions.ts';
import type { PrincipalKind } from '../auth/principal.ts';
import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { noSuchIdentity } from './identity.store.ts';
import type { Identity } from './identity.ts';
import type { Person } from './person.ts';
import type { ServiceAccount } from './service-account.ts';
import type { Team } from './team.ts';

interface StateFilter {
  readonly state: 'active' | 'disabled' | 'all';
}

/** Which persons a list holds; an absent filter lets all pass. */
export interface PersonFilter extends StateFilter {
  /** Members of this team. */
  readonly teamId?: string | undefined;
  /** The one with this address, whatever the case. */
  readonly email?: string | undefined;
}

/** Which teams a list holds. */
export interface TeamFilter extends StateFilter {
  /** Those with this member. */
  readonly memberId?: string | undefined;
}

/** Which service accounts a list holds. */
export interface ServiceAccountFilter extends StateFilter {
  /** Those of this person or team. */
  readonly ownerId?: string | undefined;
}

/** Where a list goes on: the name key and the id of the last entry seen. */
type PeopleCursor = readonly [nameKey: string, id: string];

/** Which part of a list is wanted. */
export interface PeoplePage {
  readonly limit: number;
  readonly after?: PeopleCursor | undefined;
}

/** An entry with the key that the list is ordered by. */
export type Listed<Item> = Item & { readonly nameKey: string };

/** @throws AppError `not-found`. */
export const personById = (db: Queryable, id: string): Promise<Person> => oneOf(db, PERSON, id);

/** Persons in the order of their names. */
export const listPersons = (db: Queryable, filter: PersonFilter, page: PeoplePage): Promise<Listed<Person>[]> =>
  listOf(db, PERSON, filter, page);

/** @throws AppError `not-found`. */
export const teamById = (db: Queryable, id: string): Promise<Team> => oneOf(db, TEAM, id);

/** Teams in the order of their names. */
export const listTeams = (db: Queryable, filter: TeamFilter, page: PeoplePage): Promise<Listed<Team>[]> =>
  listOf(db, TEAM, filter, page);

/** @throws AppError `not-found`. */
export const serviceAccountById = (db: Queryable, id: string): Promise<ServiceAccount> =>
  oneOf(db, SERVICE_ACCOUNT, id);

/** Service accounts in the order of their names. */
export const listServiceAccounts = (
  db: Queryable,
  filter: ServiceAccountFilter,
  page: PeoplePage,
): Promise<Listed<ServiceAccount>[]> => listOf(db, SERVICE_ACCOUNT, filter, page);

interface IdentityRecord {
  readonly id: string;
  readonly name: string;
  readonly name_key: string;
  readonly roles: Role[];
  readonly disabled_at: Date | null;
  readonly version: number;
  readonly created_at: Date;
}

/** How one kind is read: `x` is its own table, `p` its principal. */
interface Reading<Item, Row extends IdentityRecord> {
  readonly kind: PrincipalKind;
  readonly columns: string;
  readonly from: string;
  readonly itemOf: (row: Row) => Item;
}

const PERSON: Reading<Person, IdentityRecord & { email: string; zone: string | null }> = {
  kind: 'person',
  columns: 'x.email, x.zone',
  from: 'person x JOIN principal p ON p.id = x.id',
  itemOf: (row) => ({ ...identityOf(row), email: row.email, zone: row.zone }),
};

const TEAM: Reading<Team, IdentityRecord & { members: string[] }> = {
  kind: 'team',
  columns: 'ARRAY(SELECT m.person_id FROM team_member m WHERE m.team_id = x.id ORDER BY 1) AS members',
  from: 'team x JOIN principal p ON p.id = x.id',
  itemOf: (row) => ({ ...identityOf(row), members: row.members }),
};

const SERVICE_ACCOUNT: Reading<ServiceAccount, IdentityRecord & { owner: Owner; purpose: string }> = {
  kind: 'service-account',
  columns: `jsonb_build_object('id', o.id, 'kind', o.kind, 'name', o.name) AS owner, x.purpose`,
  from: 'service_account x JOIN principal p ON p.id = x.id JOIN principal o ON o.id = x.owner_id',
  itemOf: (row) => ({ ...identityOf(row), owner: row.owner, purpose: row.purpose }),
};

const selectFrom = ({ columns, from }: { readonly columns: string; readonly from: string }) => `
  SELECT p.id, p.name, lower(p.name) AS name_key, p.roles, p.disabled_at, p.version, p.created_at, ${columns}
  FROM ${from}`;

async function oneOf<Item, Row extends IdentityRecord>(
  db: Queryable,
  reading: Reading<Item, Row>,
  id: string,
): Promise<Item> {
  const [row] = await db.rows<Row>(`${selectFrom(reading)} WHERE p.id = $1`, [id]);
  if (!row) throw noSuchIdentity(reading.kind, id);
  return reading.itemOf(row);
}

async function listOf<Item, Row extends IdentityRecord>(
  db: Queryable,
  reading: Reading<Item, Row>,
  filter: PersonFilter & TeamFilter & ServiceAccountFilter,
  page: PeoplePage,
): Promise<Listed<Item>[]> {
  const parameters: unknown[] = [];
  const value = (parameter: unknown) => `$${parameters.push(parameter)}`;
  // The kind follows from the join, but naming it lets the index on kind and name give the order.
  const conditions = [`p.kind = ${value(reading.kind)}`];
  if (filter.state !== 'all') conditions.push(`p.disabled_at IS ${filter.state === 'active' ? '' : 'NOT '}NULL`);
  if (filter.email !== undefined) conditions.push(`lower(x.email) = lower(${value(filter.email)})`);
  if (filter.ownerId !== undefined) conditions.push(`x.owner_id = ${value(filter.ownerId)}`);
  if (filter.teamId !== undefined) conditions.push(isMember(value(filter.teamId), 'x.id'));
  if (filter.memberId !== undefined) conditions.push(isMember('x.id', value(filter.memberId)));
  if (page.after) conditions.push(`(lower(p.name), p.id) > (${value(page.after[0])}, ${value(page.after[1])}::uuid)`);
  const rows = await db.rows<Row>(
    `${selectFrom(reading)} WHERE ${conditions.join(' AND ')}
     ORDER BY lower(p.name), p.id LIMIT ${value(page.limit)}`,
    parameters,
  );
  return rows.map((row) => ({ ...reading.itemOf(row), nameKey: row.name_key }));
}

const isMember = (teamId: string, personId: string) =>
  `EXISTS (SELECT FROM team_member m WHERE m.team_id = ${teamId} AND m.person_id = ${personId})`;

function identityOf(row: IdentityRecord): Identity {
  return {
    id: row.id,
    name: row.name,
    roles: row.roles,
    disabledAt: row.disabled_at && instantOf(row.disabled_at),
    version: row.version,
    createdAt: instantOf(row.created_at),
  };
}
