import { AppError } from '../kernel/errors.ts';
import { wholeNumber } from './arguments.ts';

/** One thing that the command line names, in its order; a quantity belongs to the part or device before it. */
export interface Wanted {
  readonly by: 'unit' | 'part' | 'device';
  readonly name: string;
  quantity?: number;
}

/** Readers of `--unit`, `--part`, `--device` and `--quantity` that fill one list, because their order means something. */
export function wantedReaders() {
  const wanted: Wanted[] = [];
  const reader = (by: Wanted['by']) => (name: string) => {
    wanted.push({ by, name });
    return wanted;
  };
  const quantity = (text: string): number => {
    const last = wanted.at(-1);
    if (last === undefined || last.by === 'unit' || last.quantity !== undefined) {
      throw new AppError('usage', 'bad-options', '--quantity follows the --part or --device that it belongs to');
    }
    last.quantity = wholeNumber(1, 1_000_000)(text);
    return last.quantity;
  };
  return { wanted, unit: reader('unit'), part: reader('part'), device: reader('device'), quantity };
}
