const DAY_MS = 86_400_000;

/** The instant so many days from now, before it when negative. ISO 8601. */
export const instantIn = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();

/** The date so many days from today, in UTC. */
export const dateIn = (days: number): string => instantIn(days).slice(0, 10);

/** The instant so many minutes ago. ISO 8601. */
export const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
