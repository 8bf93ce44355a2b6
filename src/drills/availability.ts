import { daysUnseen, type Holding, nameOf, unseenTooLong } from './holding.ts';
import type { AvailabilityVerdict } from './run.ts';

/** What the run learned about the backup that it needed. */
export type BackupFacts =
  | { readonly state: 'unknown' }
  | { readonly state: 'sound' }
  /** Not restored in this run: what its last check said. */
  | { readonly state: 'on record'; readonly reason: string }
  /** Damaged, as the drill expects: it says nothing about what a recovery would find. */
  | { readonly state: 'damaged as expected'; readonly reason: string }
  | { readonly state: 'absent'; readonly reason: string };

/** What the run learned about the spares and the seats that it needed. */
export type ResourceFacts =
  | { readonly state: 'undeclared' }
  /** The run did not get as far as asking for them. */
  | { readonly state: 'unknown' }
  /** They could not even be asked for. */
  | { readonly state: 'refused'; readonly reason: string }
  | {
      readonly state: 'asked';
      readonly holdings: readonly Holding[];
      readonly seenWithinDays: number;
      readonly at: Date;
    };

/** As many things as one reason names. */
const NAMED_MAX = 3;

/**
 * Were the spares, seats and the backup there? A backup that is not there in sound form fails it, and so does anything that
 * was short, that nobody has seen for too long, or whose hold ran out; `preempted` says that an emergency took something in the
 * middle. A drill that declares no spares and no seats says nothing about those: its availability is not assessed.
 */
export function availabilityVerdict(backup: BackupFacts, resources: ResourceFacts): AvailabilityVerdict {
  const failed = [...backupFailures(backup), ...resourceFailures(resources)];
  if (failed.length > 0) return { outcome: 'failed', reason: failed.join('; ') };
  const taken = resources.state === 'asked' ? resources.holdings.filter(({ state }) => state === 'preempted') : [];
  if (taken.length > 0) {
    return { outcome: 'preempted', reason: `an emergency took what the drill held: ${listed(taken, nameOf)}` };
  }
  const said = `${BACKUP_SAID[backup.state](backup)}; ${resourcesSaid(resources)}`;
  const isKnown = (backup.state === 'sound' || backup.state === 'on record') && resources.state === 'asked';
  return { outcome: isKnown ? 'passed' : 'not assessed', reason: said };
}

const BACKUP_SAID: Readonly<Record<BackupFacts['state'], (backup: BackupFacts) => string>> = {
  unknown: () => 'the run did not get as far as the backup',
  sound: () => 'the backup was there and sound',
  'on record': (backup) => ('reason' in backup ? backup.reason : ''),
  'damaged as expected': (backup) => ('reason' in backup ? backup.reason : ''),
  absent: () => '',
};

function backupFailures(backup: BackupFacts): string[] {
  return backup.state === 'absent' ? [backup.reason] : [];
}

function resourceFailures(resources: ResourceFacts): string[] {
  if (resources.state === 'refused') return [resources.reason];
  if (resources.state !== 'asked') return [];
  const { holdings, seenWithinDays, at } = resources;
  const short = holdings.filter(({ state }) => state === 'short');
  const expired = holdings.filter(({ state }) => state === 'expired');
  const unseen = unseenTooLong(holdings, seenWithinDays, at);
  const unseenName = (holding: Holding) => {
    const days = daysUnseen(holding, at);
    return `${nameOf(holding)} (${days === null ? 'never seen' : `last seen ${days} days ago`})`;
  };
  return [
    ...(short.length > 0 ? [`not there: ${listed(short, shortName)}`] : []),
    ...(expired.length > 0 ? [`the hold ended before the run did: ${listed(expired, nameOf)}`] : []),
    ...(unseen.length > 0
      ? [`on record only, and not seen within ${seenWithinDays} days: ${listed(unseen, unseenName)}`]
      : []),
  ];
}

function shortName(holding: Holding): string {
  return holding.note === null ? holding.wanted : `${holding.wanted} (${holding.note})`;
}

function resourcesSaid(resources: ResourceFacts): string {
  if (resources.state === 'undeclared') return 'the drill declares no spares and no seats';
  if (resources.state !== 'asked') return 'the run did not get as far as the spares and seats';
  const { holdings } = resources;
  if (holdings.length === 0) return 'the service needs no spares and no seats';
  const pieces = sum(holdings.filter(({ kind }) => kind !== 'seat'));
  const seats = sum(holdings.filter(({ kind }) => kind === 'seat'));
  const sighted = sum(holdings.filter(({ sightedAt }) => sightedAt !== null));
  const reserve = sum(holdings.filter(({ isFromReserve }) => isFromReserve));
  return [
    `held: ${counted(pieces, 'spare')} (${sighted} sighted, ${pieces - sighted} on record only) and ${counted(seats, 'seat')}`,
    ...(reserve > 0 ? [`${reserve} of these from the emergency reserve`] : []),
  ].join(', ');
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function sum(holdings: readonly Holding[]): number {
  return holdings.reduce((total, { quantity }) => total + quantity, 0);
}

function listed(holdings: readonly Holding[], name: (holding: Holding) => string): string {
  const rest = holdings.length > NAMED_MAX ? `, and ${holdings.length - NAMED_MAX} more` : '';
  return `${holdings.slice(0, NAMED_MAX).map(name).join(', ')}${rest}`;
}
