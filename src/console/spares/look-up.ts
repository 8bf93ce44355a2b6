import { api } from '../api/client.ts';
import { ProblemError } from '../api/problem.ts';
import type { BasketLine } from './desk.ts';
import type { Holder, Scan } from './words.ts';

/** What a code stands for, whatever it is printed on. */
export type Found =
  | { readonly kind: 'scan'; readonly scan: Scan }
  | { readonly kind: 'parts'; readonly lines: readonly BasketLine[]; readonly isExact: boolean }
  | { readonly kind: 'holder'; readonly holder: Holder }
  | { readonly kind: 'nothing'; readonly why: string };

/** As many parts as are offered for a text that is no code. */
const PARTS_MAX = 6;

/**
 * Looks a code up: an asset tag, serial, location or check-out; else a part number; else somebody's name or a project's code;
 * else the parts that have the text in them.
 */
export async function lookUp(code: string): Promise<Found> {
  try {
    const { data } = await api.GET('/scan/{code}', { params: { path: { code } } });
    if (data) return { kind: 'scan', scan: data };
  } catch (error) {
    const isUnknown = error instanceof ProblemError && error.code === 'code-unknown';
    if (!isUnknown) throw error;
    return (await lookUpText(code)) ?? { kind: 'nothing', why: error.message };
  }
  return { kind: 'nothing', why: code };
}

async function lookUpText(text: string): Promise<Found | undefined> {
  const same = (one: string | null) => one?.toLowerCase() === text.toLowerCase();
  const parts = (await api.GET('/parts', { params: { query: { q: text, limit: PARTS_MAX } } })).data?.items ?? [];
  const lines = parts.map(
    ({ id, partNumber, name }): BasketLine => ({ kind: 'part', part: { id, partNumber, name }, quantity: 1 }),
  );
  const exact = lines.filter((_, index) => same(parts[index]?.partNumber ?? null));
  if (exact.length > 0) return { kind: 'parts', lines: exact, isExact: exact.length === 1 };
  const holders = (await api.GET('/holders', { params: { query: { q: text, limit: 2 } } })).data?.items ?? [];
  const holder = holders.find(({ name, code }) => same(name) || same(code));
  if (holder) return { kind: 'holder', holder: { kind: holder.kind, id: holder.id, name: holder.name } };
  return lines.length > 0 ? { kind: 'parts', lines, isExact: false } : undefined;
}
