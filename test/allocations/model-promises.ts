import { type ModelLine, peak } from './model.ts';
import type { Bench } from './model-driver.ts';

/** Whether everything that is promised is still there once these lines are out. */
export function holds({ model }: Bench, out: readonly ModelLine[], span: { from: number; until: number }): boolean {
  const rest = model.held('stock').filter((line) => !out.includes(line));
  const gone = (row: string) => out.filter(({ at }) => at === row).reduce((sum, { quantity }) => sum + quantity, 0);
  const isOrdinary = ({ isFromReserve }: ModelLine) => !isFromReserve;
  const pieces = out.filter(({ kind }) => kind === 'stock');
  for (const { at } of pieces) {
    const left = (model.rows.get(at) ?? 0) - gone(at);
    if (
      left < 0 ||
      peak(
        rest.filter((line) => line.at === at),
        span,
      ) > left
    )
      return false;
  }
  const lying = model.lying() - pieces.reduce((sum, { quantity }) => sum + quantity, 0);
  if (
    pieces.some(isOrdinary) &&
    model.pieceReserve > 0 &&
    lying - peak(rest.filter(isOrdinary), span) < model.pieceReserve
  )
    return false;
  const seats = out.filter(({ kind }) => kind === 'seat');
  if (seats.length === 0) return true;
  const inUse = model.lines.filter((line) => line.kind === 'seat' && (line.state === 'issued' || seats.includes(line)));
  const waiting = model.held('seat').filter((line) => !seats.includes(line));
  const used = (of: (line: ModelLine) => boolean) =>
    inUse.filter(of).reduce((sum, { quantity }) => sum + quantity, 0) + peak(waiting.filter(of), span);
  return (
    used(() => true) <= model.seats && (!seats.some(isOrdinary) || used(isOrdinary) <= model.seats - model.seatReserve)
  );
}

/** Whether everything that is promised, with these held lines as they are now, can be kept. */
export function promisesHold(
  { model }: Bench,
  changed: readonly ModelLine[],
  span: { from: number; until: number },
): boolean {
  const isOrdinary = ({ isFromReserve }: ModelLine) => !isFromReserve;
  const pieces = changed.filter(({ kind }) => kind === 'stock');
  for (const { at } of pieces) {
    const held = model.held('stock').filter((line) => line.at === at);
    if (peak(held, span) > (model.rows.get(at) ?? 0)) return false;
  }
  if (pieces.some(isOrdinary) && model.pieceHeadroom(span) < 0) return false;
  const seats = changed.filter(({ kind }) => kind === 'seat');
  const out = model.lines.filter((line) => line.kind === 'seat' && line.state === 'issued');
  const used = (of: (line: ModelLine) => boolean) =>
    out.filter(of).reduce((sum, { quantity }) => sum + quantity, 0) + peak(model.held('seat').filter(of), span);
  if (seats.length > 0 && used(() => true) > model.seats) return false;
  return !seats.some(isOrdinary) || used(isOrdinary) <= model.seats - model.seatReserve;
}
