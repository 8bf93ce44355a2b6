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
