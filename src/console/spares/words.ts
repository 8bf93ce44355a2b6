/** The values of the API that the pages of spares offer as choices. The routes' types hold them against the API. */
import type { operations } from '../api/api.generated.d.ts';

type Query<Name extends keyof operations> = NonNullable<operations[Name]['parameters']['query']>;

export type UnitState = NonNullable<Query<'listUnits'>['state']>;
export const UNIT_STATES = [
  'in_stock',
  'issued',
  'deployed',
  'in_repair',
  'quarantined',
  'lost',
  'retired',
] as const satisfies readonly UnitState[];

export const TRACKINGS = ['serial', 'bulk'] as const satisfies readonly Query<'listParts'>['tracking'][];

export const LIFE_STATES = ['active', 'retired', 'all'] as const satisfies readonly Query<'listParts'>['state'][];

export type Purpose = NonNullable<Query<'listCheckouts'>['purpose']>;
export const PURPOSES = ['loan', 'maintenance', 'drill', 'incident'] as const satisfies readonly Purpose[];

export type HolderKind = NonNullable<Query<'listHolders'>['kind']>;
export const HOLDER_KINDS = ['person', 'team', 'service', 'project'] as const satisfies readonly HolderKind[];

export const SEVERITIES = ['emergency', 'important', 'general'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const CONDITIONS = ['good', 'damaged', 'lost', 'consumed'] as const;
export type Condition = (typeof CONDITIONS)[number];

export const LOCATION_KINDS = ['site', 'room', 'rack', 'bin'] as const satisfies readonly LocationKind[];

export const KIT_LINE_KINDS = [
  'part',
  'product',
  'device-model',
] as const satisfies readonly Kit['lines'][number]['kind'][];

export const FIELD_TYPES = [
  'text',
  'number',
  'integer',
  'boolean',
  'date',
  'choice',
] as const satisfies readonly Category['fields'][number]['type'][];

export const UNIT_CONDITIONS = ['new', 'good', 'worn', 'damaged'] as const satisfies readonly UnitCondition[];

export const LISTS_OF_PART = ['units', 'stock', 'fits', 'substitutes', 'movements'] as const;
export const LISTS_OF_UNIT = ['movements', 'allocations', 'tests'] as const;

/** What a read or write of the API answers with. */
export type Answer<Name extends keyof operations, Status extends number> =
  operations[Name]['responses'] extends Record<Status, { content: { 'application/json': infer Body } }> ? Body : never;

export type Part = Answer<'getPart', 200>;
export type UnitCondition = Unit['condition'];
export type Unit = Answer<'getUnit', 200>;
export type Category = Answer<'getPartCategory', 200>;
export type Location = Answer<'getLocation', 200>;
export type LocationKind = Location['kind'];
export type Fit = Answer<'getFit', 200>;
export type Kit = Answer<'getKit', 200>;
export type Project = Answer<'getProject', 200>;
export type Figures = Answer<'getPartAvailabilities', 200>['parts'][number];
export type Stock = Answer<'getStock', 200>;
export type Movement = Answer<'listMovements', 200>['items'][number];
export type Allocation = Answer<'getCheckout', 200>;
export type AllocationLine = Allocation['lines'][number];
export type AllocationForm = Allocation['form'];
export type Summary = Answer<'listCheckouts', 200>['items'][number];
export type Scan = Answer<'scan', 200>;
export type ScanMatch = Scan['matches'][number];
export type Outcome = Answer<'checkOut', 201>;

/** Somebody who can have things. */
export interface Holder {
  readonly kind: HolderKind;
  readonly id: string;
  readonly name: string;
}
