import type { KitLine } from './kit.ts';

/** A part that serves in place of a failed device, the best first, and how many of it stand for one. */
export interface KitFit {
  readonly partId: string;
  readonly quantityPerDevice: number;
}

/** What is there for the lines of a kit: pieces by part, seats by product, and what fits each device model. */
export interface KitSupply {
  readonly pieces: ReadonlyMap<string, number>;
  readonly seats: ReadonlyMap<string, number>;
  readonly fits: ReadonlyMap<string, readonly KitFit[]>;
}

/** One line against what the kits before it have left. */
interface KitLineCount {
  readonly line: KitLine;
  readonly needed: number;
  /** Pieces, seats, or devices that could be replaced; at most what is needed counts. */
  readonly free: number;
  readonly short: number;
}

export interface KitCount {
  /** Kits that can go out one after the other. */
  readonly whole: number;
  /** True when the counting ended at its bound. */
  readonly isAtLeast: boolean;
  /** What each line of the next kit would need and find. */
  readonly next: readonly KitLineCount[];
}

/** More kits than anybody hands out at once. */
export const KITS_COUNTED_MAX = 100;

/** The lines in the order in which they are served: what only one thing can serve comes first. */
export function inServingOrder(lines: readonly KitLine[]): KitLine[] {
  const isDevice = (line: KitLine) => line.kind === 'device-model';
  return [...lines.filter((line) => !isDevice(line)), ...lines.filter(isDevice)];
}

/** What each line of one kit needs and finds, judged together as {@link countKits} judges them. */
export function serveKit(lines: readonly KitLine[], supply: KitSupply): KitLineCount[] {
  return serveInOrder(lines, leftOf(supply));
}

/**
 * How many whole kits the supply makes, and what the next one lacks. Lines of one kit are judged together: two lines that
 * want the same part do not both count it. All devices of one line are replaced by the same part, the best that is there.
 */
export function countKits(lines: readonly KitLine[], supply: KitSupply): KitCount {
  const left = leftOf(supply);
  for (let whole = 0; ; whole += 1) {
    const next = serveInOrder(lines, left);
    const isShort = next.some(({ short }) => short > 0);
    if (isShort || whole >= KITS_COUNTED_MAX) return { whole, isAtLeast: !isShort, next };
  }
}

interface Left {
  readonly pieces: Map<string, number>;
  readonly seats: Map<string, number>;
  readonly fits: KitSupply['fits'];
}

function leftOf({ pieces, seats, fits }: KitSupply): Left {
  return { pieces: new Map(pieces), seats: new Map(seats), fits };
}

/** Serves the lines of one kit; the answer is in the order of the lines. */
function serveInOrder(lines: readonly KitLine[], left: Left): KitLineCount[] {
  const served = inServingOrder(lines).map((line) => serve(line, left));
  return lines.flatMap((line) => served.find((count) => count.line === line) ?? []);
}

function serve(line: KitLine, left: Left): KitLineCount {
  if (line.kind === 'device-model') return serveDevices(line, left);
  const there = line.kind === 'part' ? left.pieces : left.seats;
  const free = Math.min(line.quantity, there.get(line.id) ?? 0);
  there.set(line.id, (there.get(line.id) ?? 0) - free);
  return { line, needed: line.quantity, free, short: line.quantity - free };
}

function serveDevices(line: KitLine, left: Left): KitLineCount {
  let best: { fit: KitFit; devices: number } | undefined;
  for (const fit of left.fits.get(line.id) ?? []) {
    const devices = Math.min(line.quantity, Math.floor((left.pieces.get(fit.partId) ?? 0) / fit.quantityPerDevice));
    if (devices > (best?.devices ?? 0)) best = { fit, devices };
    if (devices === line.quantity) break;
  }
  const free = best?.devices ?? 0;
  if (best) {
    const { partId, quantityPerDevice } = best.fit;
    left.pieces.set(partId, (left.pieces.get(partId) ?? 0) - free * quantityPerDevice);
  }
  return { line, needed: line.quantity, free, short: line.quantity - free };
}
