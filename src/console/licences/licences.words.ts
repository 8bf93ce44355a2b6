/** The values of the API that the pages of licences offer as choices, and what its answers are. */
import type { operations } from '../api/api.generated.d.ts';
import { searchOf } from '../app/search.ts';

type Query<Name extends keyof operations> = NonNullable<operations[Name]['parameters']['query']>;
type Answer<Name extends keyof operations> =
  operations[Name]['responses'] extends Record<200, { content: { 'application/json': infer Body } }> ? Body : never;

type Metric = NonNullable<Query<'listEntitlements'>['metric']>;
export const METRICS = ['named-user', 'device', 'concurrent', 'core', 'site'] as const satisfies readonly Metric[];

const LIFE_STATES = ['active', 'retired', 'all'] as const satisfies readonly Query<'listEntitlements'>['state'][];

/** Within how many days the terms end that a list is narrowed to. */
export const SOON_DAYS = 90;

export const entitlementSearch = searchOf({
  q: 'text',
  metric: METRICS,
  product: 'text',
  ends: ['soon', 'over'],
  state: LIFE_STATES,
  after: 'text',
});
export type EntitlementSearch = ReturnType<typeof entitlementSearch>;

export const installationSearch = searchOf({
  host: 'text',
  source: 'text',
  product: 'text',
  gone: ['true'],
  after: 'text',
});
export type InstallationSearch = ReturnType<typeof installationSearch>;

export type Entitlement = Answer<'listEntitlements'>['items'][number];
export type Position = Answer<'getLicencePosition'>;
export type PositionLine = Position['lines'][number];
export type Expiry = Answer<'listEntitlementExpiries'>['items'][number];
export type LicenceKey = Answer<'listLicenceKeys'>['items'][number];
export type Installation = Answer<'listInstallations'>['items'][number];

/** The date so many days from today, in UTC, as the API counts days. */
export const dayIn = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
