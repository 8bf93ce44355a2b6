import { valueAt } from './definition-nearest.ts';
import { type GivenParameters, type ParameterValue, unknownParameter } from './parameter-value.ts';

type Path = readonly (string | number)[];

/** A definition as it was read, with the values of its parameters in their places. */
export interface Filled {
  readonly value: unknown;
  readonly problems: readonly { readonly path: Path; readonly message: string }[];
}

/** Arguments are texts; elsewhere a place that holds nothing else takes the value with its type. */
const ARGS = /^(steps|validation|cleanup\/steps)\/\d+\/args\/\d+$/;
const TYPED = /^(steps|validation)\/\d+\/expect\/|^recoveryPoint\/(at|withinDays)$/;

const WHOLE = /^\$\{([^{}$]*)\}$/;
const USED = /\$\$\{|\$\{([^{}$]*)\}/g;

/**
 * Puts values into the places of a document that parameters may have; the defaults for those that are not given. A definition
 * that declares none is left as it is.
 */
export function fillParameters(document: unknown, given: GivenParameters): Filled {
  const declared = valueAt(document, ['parameters']);
  if (typeof declared !== 'object' || declared === null) return { value: document, problems: [] };
  const values = new Map<string, ParameterValue>();
  for (const name of Object.keys(declared)) {
    const value = Object.hasOwn(given, name) ? given[name] : valueAt(declared, [name, 'default']);
    if (isValue(value)) values.set(name, value);
  }
  const problems: Filled['problems'][number][] = [];
  const take = (name: string, path: Path) => {
    const value = values.get(name);
    if (value !== undefined) return value;
    problems.push({ path, message: `${name} ${unknownParameter(name, [...values.keys()])}` });
    return '';
  };
  const fill = (text: string, path: Path): ParameterValue => {
    const place = path.join('/');
    const isTyped = TYPED.test(place);
    if (!isTyped && !ARGS.test(place)) return text;
    const whole = isTyped ? WHOLE.exec(text)?.[1] : undefined;
    if (whole !== undefined) return take(whole, path);
    return text.replaceAll(USED, (used, name?: string) => (name === undefined ? used.slice(1) : `${take(name, path)}`));
  };
  return { value: mapped(document, [], fill), problems };
}

function mapped(value: unknown, path: Path, fill: (text: string, path: Path) => ParameterValue): unknown {
  if (typeof value === 'string') return fill(value, path);
  if (Array.isArray(value)) return value.map((one, index) => mapped(one, [...path, index], fill));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mapped(one, [...path, key], fill)]));
}

function isValue(value: unknown): value is ParameterValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
