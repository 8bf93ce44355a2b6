import { createContext, type ReactNode, useContext, useEffect } from 'react';

/** Where a value stands among those of a form. */
export type FieldPath = readonly (string | number)[];

/** What a form knows of a field that it shows. */
export interface ShownField {
  readonly path: FieldPath;
  readonly label: string;
  /** A value of the field as people read it. */
  readonly say: (value: unknown) => ReactNode;
}

/** The fields that a form shows, by their paths: so refusals find their field, and conflicts are told in its words. */
export class FieldRegister {
  readonly fields = new Map<string, ShownField>();

  /** The field that a place in the body belongs to: itself, or the nearest one around it. */
  nearest(path: FieldPath): ShownField | undefined {
    for (let length = path.length; length > 0; length -= 1) {
      const found = this.fields.get(keyOf(path.slice(0, length)));
      if (found) return found;
    }
    return undefined;
  }
}

/** A path as one text. */
const keyOf = (path: FieldPath): string => path.join('/');

interface FormContext {
  readonly register: FieldRegister;
  /** Where the fields stand that are shown here. */
  readonly prefix: FieldPath;
}

/** Set by the form, and by each of its lists of rows. */
export const FormContextOf = createContext<FormContext>({ register: new FieldRegister(), prefix: [] });

/** Tells the form that a field is shown while it is. */
export function useShownField(name: FieldPath, label: string, say: (value: unknown) => ReactNode): void {
  const { register, prefix } = useContext(FormContextOf);
  const path = [...prefix, ...name];
  const key = keyOf(path);
  useEffect(() => {
    register.fields.set(key, { path: key.split('/').map(stepOf), label, say });
    return () => void register.fields.delete(key);
  });
}

const stepOf = (step: string): string | number => (/^\d+$/.test(step) ? Number(step) : step);

/** The value at a path; undefined when something on the way is missing. */
export function valueAt(values: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>((value, step) => (value as Record<string | number, unknown> | null)?.[step], values);
}

/** The path that a JSON pointer of the API names, such as `#/lines/0/serial`; empty for the body as a whole. */
export function pathOfPointer(pointer: string): FieldPath {
  if (!pointer.startsWith('#/')) return [];
  return pointer
    .slice(2)
    .split('/')
    .map((step) => stepOf(step.replaceAll('~1', '/').replaceAll('~0', '~')));
}

/** Whether two values of a field say the same. */
export const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
