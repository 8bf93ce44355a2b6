import type { Clock } from '../kernel/clock.ts';
import { formatBytes, formatSeconds } from '../kernel/units.ts';
import type { Output } from './output.ts';

/** How far something is. What is unknown is left out of the line. */
export interface Progress {
  readonly label: string;
  /** Since the label's part began. */
  readonly seconds?: number | null;
  readonly unit?: 'bytes' | 'tables' | 'rows';
  readonly done?: number | null;
  readonly total?: number | null;
  readonly perSecond?: number | null;
  readonly etaSeconds?: number | null;
  /** Draw the part that is done. */
  readonly bar?: boolean;
}

const INTERACTIVE_INTERVAL_MS = 200;
const LINES_INTERVAL_MS = 5000;

/** In a log, what is read before this is over needs no line. */
const READING_QUIET_MS = 2000;

/** Shows progress as often as a reader wants it: some times a second on a terminal, a line every few seconds in a log. */
export function createMeter(output: Output, clock: Pick<Clock, 'monotonicMs'>): (progress: Progress) => void {
  const intervalMs = output.interactive ? INTERACTIVE_INTERVAL_MS : LINES_INTERVAL_MS;
  let label = '';
  let shownMs = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const nowMs = clock.monotonicMs();
    if (progress.label === label && nowMs - shownMs < intervalMs) return;
    label = progress.label;
    shownMs = nowMs;
    output.progress(progressText(progress));
  };
}

/** The same for work that reports no rate: it follows from the time since each label's part began. */
export function createRatedMeter(output: Output, clock: Pick<Clock, 'monotonicMs'>): (progress: Progress) => void {
  const show = createMeter(output, clock);
  let part = { label: '', beganMs: 0 };
  return (progress) => {
    const nowMs = clock.monotonicMs();
    if (progress.label !== part.label) part = { label: progress.label, beganMs: nowMs };
    show(rated(progress, (nowMs - part.beganMs) / 1000));
  };
}

function rated(progress: Progress, seconds: number): Progress {
  const { done = null, total = null } = progress;
  const perSecond = done !== null && done > 0 && seconds > 0 ? done / seconds : null;
  const left = total !== null && done !== null ? Math.max(0, total - done) : null;
  const etaSeconds = perSecond !== null && left !== null ? left / perSecond : null;
  return { ...progress, seconds, perSecond, etaSeconds };
}

/**
 * Shows how far reading is: on a terminal a bar with bytes, rate and the time that is left, a line every few seconds in a
 * log (none for what is over at once), nothing when `silent`. Time counts from the first piece that is read. Cheap enough to be called for every file.
 */
export function createReadingMeter(
  output: Output,
  clock: Pick<Clock, 'monotonicMs'>,
  { label, silent }: { readonly label: string; readonly silent: boolean },
): (done: number, total: number) => void {
  if (silent) return () => {};
  const show = createMeter(output, clock);
  const bar = output.interactive;
  let beganMs: number | undefined;
  return (done, total) => {
    beganMs ??= clock.monotonicMs();
    const tookMs = clock.monotonicMs() - beganMs;
    if (bar || tookMs >= READING_QUIET_MS) show(rated({ label, done, total, bar }, tookMs / 1000));
  };
}

/** `fetch 3.20 s, 12.0 MiB of 40.0 MiB, 5.1 MiB/s, 5.50 s left` */
function progressText(progress: Progress): string {
  const {
    label,
    seconds = null,
    unit = 'bytes',
    done = null,
    total = null,
    perSecond = null,
    etaSeconds = null,
  } = progress;
  const amount = (value: number) => (unit === 'bytes' ? formatBytes(Math.round(value)) : String(Math.round(value)));
  const bar = progress.bar === true && done !== null && total !== null && total > 0 ? ` ${barText(done / total)}` : '';
  const parts = [seconds === null ? `${label}${bar}` : `${label}${bar} ${formatSeconds(seconds)}`];
  if (done !== null && total !== null && total > 0) {
    parts.push(`${amount(done)} of ${amount(total)}${unit === 'bytes' ? '' : ` ${unit}`}`);
  }
  if (perSecond !== null && perSecond > 0 && unit === 'bytes') parts.push(`${amount(perSecond)}/s`);
  if (etaSeconds !== null) parts.push(`${formatSeconds(etaSeconds)} left`);
  return parts.join(', ');
}

const BAR_CELLS = 20;

/** `[########            ]  40 %`: the last cell and 100 % are for what is done in full. */
function barText(part: number): string {
  const done = Math.min(1, Math.max(0, part));
  const cells = '#'.repeat(Math.floor(done * BAR_CELLS)).padEnd(BAR_CELLS);
  return `[${cells}] ${String(Math.floor(done * 100)).padStart(3)} %`;
}
