import { instantMsOfWall, wallMsAt } from '../kernel/wall-time.ts';
import { openUntilMs, spanOfWindow, type WeeklyWindow, weekAt } from '../kernel/weekly-window.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;

const UNIT_MS = { hours: HOUR_MS, days: DAY_MS, weeks: WEEK_MS } as const;

export const ROTATION_UNITS = ['hours', 'days', 'weeks'] as const;

/** One layer of a rota: participants who take turns. */
export interface Layer {
  /** Ids of persons, in the order of their turns; one may have several. */
  readonly participants: readonly string[];
  readonly rotation: { readonly unit: (typeof ROTATION_UNITS)[number]; readonly length: number };
  /** The first handover by the wall clock, in milliseconds as if it were in UTC. Before it the layer holds nobody. */
  readonly startsAtWallMs: number;
  /** When the layer holds; none: always. */
  readonly windows: readonly WeeklyWindow[];
}

/** What somebody entered against the plan: a person takes over, or is removed, from an instant until before another one. */
interface Override {
  readonly id: string;
  readonly kind: 'take over' | 'remove';
  readonly personId: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** What decides who is on call. */
export interface OnCallPlan {
  readonly zone: string;
  /** The first layer that holds somebody decides. */
  readonly layers: readonly Layer[];
  /** In the order in which they were entered: where they overlap, the later one wins. */
  readonly overrides: readonly Override[];
}

/** Who is on call, and what says so: the index of a layer, the id of an override, or nothing. */
export interface OnCall {
  readonly personId: string | null;
  readonly layer: number | null;
  readonly overrideId: string | null;
}

/** A span with the same person by the same reason: from an instant until before another one. */
export interface OnCallSegment extends OnCall {
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * Who is on call at an instant, in milliseconds since 1970. Layers are read in their order; then the overrides in theirs: who
 * takes over is on call, and who is removed is not, in which case nobody is: nobody takes over unasked.
 */
export function onCallAt(plan: OnCallPlan, atMs: number): OnCall {
  let found: OnCall = { personId: null, layer: null, overrideId: null };
  for (const [layer, { personId }] of plan.layers
    .map((one) => ({ personId: holderAt(one, plan.zone, atMs) }))
    .entries()) {
    if (personId === null) continue;
    found = { personId, layer, overrideId: null };
    break;
  }
  for (const { id, kind, personId, fromMs, untilMs } of plan.overrides) {
    if (atMs < fromMs || atMs >= untilMs) continue;
    if (kind === 'take over') found = { personId, layer: null, overrideId: id };
    else if (found.personId === personId) found = { personId: null, layer: null, overrideId: id };
  }
  return found;
}

/** Who is on call from an instant until before another one: segments in their order, without gap or overlap. */
export function onCallBetween(plan: OnCallPlan, fromMs: number, untilMs: number): OnCallSegment[] {
  const bounds = new Set([fromMs]);
  const note = (atMs: number) => atMs > fromMs && atMs < untilMs && bounds.add(atMs);
  for (const layer of plan.layers) for (const atMs of changesOf(layer, plan.zone, fromMs, untilMs)) note(atMs);
  for (const override of plan.overrides) for (const atMs of [override.fromMs, override.untilMs]) note(atMs);
  const starts = [...bounds].toSorted((left, right) => left - right);
  const segments: OnCallSegment[] = [];
  for (const [index, startMs] of fromMs < untilMs ? starts.entries() : []) {
    const found = onCallAt(plan, startMs);
    const endMs = starts[index + 1] ?? untilMs;
    const last = segments.at(-1);
    if (last && isSame(last, found)) segments[segments.length - 1] = { ...last, untilMs: endMs };
    else segments.push({ ...found, fromMs: startMs, untilMs: endMs });
  }
  return segments;
}

const isSame = (left: OnCall, right: OnCall) =>
  left.personId === right.personId && left.layer === right.layer && left.overrideId === right.overrideId;

function holderAt(layer: Layer, zone: string, atMs: number): string | null {
  const turn = turnAt(layer, zone, atMs);
  if (turn < 0 || layer.participants.length === 0 || !isInWindow(layer, zone, atMs)) return null;
  return layer.participants[turn % layer.participants.length] ?? null;
}

/** Handovers are counted by the wall clock, so 09:00 stays 09:00; the index of the last one at or before an instant. */
function turnAt(layer: Layer, zone: string, atMs: number): number {
  const lengthMs = rotationMs(layer);
  return lastIndexAt(atMs, Math.floor((wallMsAt(atMs, zone) - layer.startsAtWallMs) / lengthMs), (index) =>
    instantMsOfWall(layer.startsAtWallMs + index * lengthMs, zone),
  );
}

const rotationMs = ({ rotation }: Layer) => rotation.length * UNIT_MS[rotation.unit];

/** What the wall clock shows may be an hour off where it changes: the neighbours of the guess decide. */
function lastIndexAt(atMs: number, guess: number, instantOfIndex: (index: number) => number): number {
  let index = guess;
  while (instantOfIndex(index + 1) <= atMs) index += 1;
  while (instantOfIndex(index) > atMs) index -= 1;
  return index;
}

function isInWindow({ windows }: Layer, zone: string, atMs: number): boolean {
  return windows.length === 0 || windows.some((window) => openUntilMs(window, zone, atMs) !== undefined);
}

/** The instants of a span at which a layer may change: its handovers, and the bounds of its windows. */
function* changesOf(layer: Layer, zone: string, fromMs: number, untilMs: number): Generator<number> {
  const lengthMs = rotationMs(layer);
  for (let turn = Math.max(0, turnAt(layer, zone, fromMs)); ; turn += 1) {
    const atMs = instantMsOfWall(layer.startsAtWallMs + turn * lengthMs, zone);
    if (atMs >= untilMs) break;
    yield atMs;
  }
  const lastWeek = weekAt(untilMs, zone) + 1;
  for (let week = weekAt(fromMs, zone) - 1; week <= lastWeek; week += 1) {
    for (const window of layer.windows) yield* Object.values(spanOfWindow(window, week, zone));
  }
}
