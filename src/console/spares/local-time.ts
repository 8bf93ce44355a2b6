/**
 * The instant that a field for local date and time states, in the zone of the browser; undefined while it states none.
 * @param text such as `2026-11-29T09:30`.
 */
export function instantOfLocal(text: string): string | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text)) return undefined;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
