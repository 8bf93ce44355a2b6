import { AppError } from '../kernel/errors.ts';
import { nearestOf } from '../kernel/nearest.ts';

export type ParameterValue = string | number | boolean;

/** The values that a run was given, by name. */
export type GivenParameters = Readonly<Record<string, ParameterValue>>;

/** A parameter as a definition declares it. */
export interface DeclaredParameter {
  readonly type: 'string' | 'integer' | 'number' | 'boolean';
  readonly default: ParameterValue;
  readonly mayVary: boolean;
  readonly oneOf?: readonly string[] | undefined;
  readonly pattern?: string | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

type Declared = Readonly<Record<string, DeclaredParameter>>;

/** Why a value cannot be that of a parameter; undefined when it can. */
export function valueProblem(
  { type, oneOf, pattern, min, max }: DeclaredParameter,
  value: ParameterValue,
): string | undefined {
  if (type === 'boolean') return typeof value === 'boolean' ? undefined : 'must be true or false';
  if (type === 'string') {
    if (typeof value !== 'string') return 'must be a text';
    if (oneOf !== undefined && !oneOf.includes(value)) return `must be one of ${oneOf.join(', ')}`;
    const fits = pattern === undefined || new RegExp(`^(?:${pattern})$`, 'u').test(value);
    return fits ? undefined : `must match ${pattern}`;
  }
  if (typeof value !== 'number') return type === 'integer' ? 'must be a whole number' : 'must be a number';
  if (type === 'integer' && !Number.isSafeInteger(value)) return 'must be a whole number';
  if (min !== undefined && value < min) return `must be at least ${min}`;
  return max !== undefined && value > max ? `must be at most ${max}` : undefined;
}

/**
 * Makes sure that a run can be given these values.
 * @throws AppError `invalid` `bad-parameters`, naming every one that is unknown or does not fit.
 */
export function requireParameters(declared: Declared, given: GivenParameters): void {
  const problems = Object.entries(given).flatMap(([name, value]) => {
    const known = Object.hasOwn(declared, name) ? declared[name] : undefined;
    const message = known === undefined ? unknownParameter(name, Object.keys(declared)) : valueProblem(known, value);
    return message === undefined ? [] : [{ name, message }];
  });
  if (problems.length === 0) return;
  const said = problems.map(({ name, message }) => `${name} ${message}`).join('; ');
  throw new AppError('invalid', 'bad-parameters', `The drill cannot be given these parameters: ${said}`, {
    fields: problems.map(({ name, message }) => ({ field: `#/parameters/${name}`, message })),
  });
}

/** For a name that no parameter has: the nearest one, or those that there are. */
export function unknownParameter(name: string, known: readonly string[]): string {
  const nearest = nearestOf(name, known);
  if (nearest !== undefined) return `is no parameter: did you mean ${nearest}?`;
  return known.length === 0
    ? 'is no parameter: the definition has none'
    : `is no parameter: known are ${known.join(', ')}`;
}

/** One parameter of a run. */
export interface ParameterOfRun {
  readonly name: string;
  readonly value: ParameterValue;
  readonly default: ParameterValue;
  /** Another value than the default, and the definition does not say that it may be: such a run proves nothing. */
  readonly isVaried: boolean;
}

/** The parameters of a run, in the order of the definition. */
export function parametersOfRun(declared: Declared, given: GivenParameters): ParameterOfRun[] {
  return Object.entries(declared).map(([name, { default: usual, mayVary }]) => {
    const value = Object.hasOwn(given, name) ? (given[name] ?? usual) : usual;
    return { name, value, default: usual, isVaried: value !== usual && !mayVary };
  });
}

/** A value from the text of a command line; a text that is none of its type stays a text, for {@link valueProblem} to tell. */
export function valueFromText({ type }: DeclaredParameter, text: string): ParameterValue {
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  if (type === 'string' || !/^-?\d+(\.\d+)?$/.test(text)) return text;
  return Number(text);
}
