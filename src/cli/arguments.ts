import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { AppError } from '../kernel/errors.ts';
import { nearestOf } from '../kernel/nearest.ts';

/** Reads an option's value as a whole number. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** Reads an argument as an id. */
export function id(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('It must be an id such as 01a2040b-b46e-71c8-ab73-e1ff8a5a2e60.');
}

/** Reads an option's value as an instant in UTC. */
export function utcInstant(text: string): string {
  if (z.iso.datetime({ offset: true }).safeParse(text).success) return text;
  throw new InvalidArgumentError('It must be an instant such as 2026-06-30T00:00:00Z.');
}

/** What options say together, as a schema wants it. @throws AppError `usage` `bad-options`. */
export function optionsAs<Schema extends z.ZodType>(schema: Schema, options: unknown): z.output<Schema> {
  const wanted = schema.safeParse(options);
  if (wanted.success) return wanted.data;
  const [issue] = wanted.error.issues;
  throw new AppError('usage', 'bad-options', `${issue?.path.join('.')}: ${issue?.message}`);
}

/** Collects the values of an option that may be given several times. */
export function repeated(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** Names that a message lists. */
const NAMES_MAX = 10;

/** A name on the command line that nothing bears: the most similar one, and what there is. */
export function unknownName(kind: string, name: string, known: readonly string[]): AppError {
  const nearest = nearestOf(name, known);
  const guess = nearest === undefined ? '' : `, did you mean ${nearest}?`;
  const listed = known.slice(0, NAMES_MAX).join(', ') + (known.length > NAMES_MAX ? ', ...' : '');
  const there = known.length === 0 ? 'there is none yet' : `there are: ${listed}`;
  return new AppError(
    'usage',
    `unknown-${kind.replaceAll(' ', '-')}`,
    `There is no ${kind} named ${name}${guess} (${there})`,
  );
}
