/**
 * The instant that a field for local date and time states, in the zone of the browser; undefined while it states none.
 * @param text such as `2026-11-29T09:30`.
 */
export function instantOfLocal(text: string): string | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text)) return undefined;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/** The other way round: what such a field shows for an instant some days after `from`, at the end of the working day. */
export function localDaysAfter(from: Date, days: number): string {
  const at = new Date(from.getFullYear(), from.getMonth(), from.getDate() + days, 18, 0);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** What such a field shows for an instant, to its minute. */
export function localOf(iso: string): string {
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** What such a field shows for this minute. */
export const localNow = (): string => localOf(new Date().toISOString());
