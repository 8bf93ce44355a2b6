const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+){0,2}$/;
const ZONE_NAME_LENGTH_MAX = 60;

/** True for a name of the time zone database (`Asia/Shanghai`, `UTC`). Bare offsets are none: they know no summer time. */
export function isZone(name: string): boolean {
  // What is set unless told otherwise: the first question to ICU takes some 25 ms of every command.
  if (name === 'UTC') return true;
  if (name.length > ZONE_NAME_LENGTH_MAX || !ZONE_NAME.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
