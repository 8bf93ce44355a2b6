/** What a browser says that it is not, before it says what it is: the first that fits is it. */
const BROWSERS = [
  ['Edg/', 'Edge'],
  ['OPR/', 'Opera'],
  ['Firefox/', 'Firefox'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
] as const;

const SYSTEMS = [
  ['Android', 'Android'],
  ['iPhone', 'iOS'],
  ['iPad', 'iPadOS'],
  ['Windows', 'Windows'],
  ['Mac OS X', 'macOS'],
  ['Linux', 'Linux'],
] as const;

/** A browser and its system by their names, as far as they can be read from what it says; else the beginning of that. */
export function browserOf(agent: string | null): string | undefined {
  if (!agent) return undefined;
  const [browser, system] = [BROWSERS, SYSTEMS].map((known) => known.find(([sign]) => agent.includes(sign))?.[1]);
  return [browser, system].filter((name) => name !== undefined).join(' · ') || agent.slice(0, 40);
}
