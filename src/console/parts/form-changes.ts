import { isSame } from './form-context.ts';

/** The fields of a body that differ from another one's: what a change has to name. */
export function changedFields<Body extends object>(now: Body, before: Body): Partial<Body> {
  return Object.fromEntries(
    Object.entries(now).filter(([key, value]) => !isSame(value, before[key as keyof Body])),
  ) as Partial<Body>;
}

/**
 * What a form shows after somebody else has changed the same thing: what was typed here stays, and what was not touched becomes
 * what it is now.
 */
export function merged<Values extends object>(typed: Values, opened: Values, newest: Values): Values {
  return Object.fromEntries(
    Object.keys({ ...newest, ...typed }).map((name) => {
      const key = name as keyof Values;
      return [key, isSame(typed[key], opened[key]) ? newest[key] : typed[key]];
    }),
  ) as Values;
}

/** A text that may be left out: without blanks around it, and null when nothing is left. */
export const textOrNull = (text: string | null | undefined): string | null => text?.trim() || null;
