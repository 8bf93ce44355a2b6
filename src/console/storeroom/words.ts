/** The values of the API that the pages of the storeroom offer as choices. The routes' types hold them against the API. */
import type { operations } from '../api/api.generated.d.ts';
import type { Answer } from '../spares/words.ts';

export type Stocktake = Answer<'getStocktake', 200>;
export type StocktakeState = Stocktake['state'];
export const STOCKTAKE_STATES = [
  'counting',
  'recounting',
  'review',
  'posted',
  'cancelled',
] as const satisfies readonly StocktakeState[];

export type CountPlace = Answer<'listStocktakeLocations', 200>['items'][number];
export type CountedThing = Answer<'countForStocktake', 201>['things'][number];
export type SheetLine = Answer<'listStocktakeExpected', 200>['items'][number];

export type Difference = Answer<'listStocktakeDifferences', 200>['items'][number];
export type DifferenceKind = Difference['kind'];
export const DIFFERENCE_KINDS = [
  'surplus',
  'shortage',
  'missing',
  'misplaced',
  'found',
  'counted-twice',
  'not-in-stock',
  'unknown',
  'uncounted',
] as const satisfies readonly DifferenceKind[];

export type DifferenceAction = Difference['proposal'];
export type DifferenceReason = NonNullable<Difference['reason']>;
export const DIFFERENCE_REASONS = [
  'unexplained',
  'unrecorded-movement',
  'wrong-place',
  'wrong-label',
  'earlier-miscount',
  'damage',
  'theft',
] as const satisfies readonly DifferenceReason[];

type BodyOf<Name extends keyof operations> = operations[Name] extends {
  requestBody?: { content: { 'application/json': infer Body } };
}
  ? Body
  : never;

export type CountsBody = BodyOf<'countForStocktake'>;

type QueryOf<Name extends keyof operations> = NonNullable<operations[Name]['parameters']['query']>;

export type Import = Answer<'getImport', 200>;
export type ImportQuery = QueryOf<'uploadImport'>;
export type ImportLine = Answer<'listImportLines', 200>['items'][number];
export type ImportOutcome = ImportLine['outcome'];
export const IMPORT_OUTCOMES = ['error', 'create', 'update', 'unchanged'] as const satisfies readonly ImportOutcome[];

/** In the order in which a new installation brings them in: each names those before it. */
export const IMPORT_KINDS = [
  'locations',
  'parts',
  'fits',
  'units',
  'stock',
  'persons',
  'checkouts',
  'products',
  'entitlements',
  'installations',
] as const satisfies readonly ImportQuery['kind'][];

export const LABELLED = ['units', 'locations'] as const;
export const LABEL_FORMATS = [
  'avery-l7160',
  'avery-l7159',
  'avery-5160',
  'brother-dk-11209',
  'brother-dk-11201',
  'dymo-99012',
  'dymo-11354',
] as const satisfies readonly QueryOf<'printUnitLabels'>['format'][];
export const SYMBOLOGIES = ['qr', 'code128'] as const satisfies readonly QueryOf<'printUnitLabels'>['symbology'][];

/** What the address of the labels says. */
export interface LabelSearch {
  readonly of?: (typeof LABELLED)[number] | undefined;
  /** With commas between. */
  readonly ids?: string | undefined;
  /** Everything in this location. */
  readonly at?: string | undefined;
  readonly format?: (typeof LABEL_FORMATS)[number] | undefined;
  readonly code?: (typeof SYMBOLOGIES)[number] | undefined;
  /** Labels of the sheet that are used already. */
  readonly skip?: string | undefined;
}
