import { z } from 'zod';
import { textCell } from '../cell.ts';

/** An id that our own exports state. */
export const ID_CELL = textCell(z.uuid().toLowerCase());
