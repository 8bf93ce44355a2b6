import { z } from 'zod';
import type { Movement } from './movement.ts';
import type { MovementBatch } from './movement-act.service.ts';
import { MOVEMENT_KINDS } from './movement-line.ts';
import { UNIT_STATES } from './unit-state.ts';

const place = z.object({ id: z.uuid(), code: z.string() }).nullable();
const named = z.object({ id: z.uuid(), name: z.string() }).nullable();

/** A line of the ledger as the API shows it. */
export const movementView = z.object({
  id: z.string().describe('A number; those of one unit or stock row follow its history'),
  batchId: z.uuid().describe('What was done in one act shares it'),
  kind: z.enum(MOVEMENT_KINDS),
  part: z.object({ id: z.uuid(), partNumber: z.string() }),
  quantity: z.int(),
  unit: z.object({ id: z.uuid(), serial: z.string() }).nullable(),
  fromState: z.enum(UNIT_STATES).nullable().describe('Null for a unit that came into the register'),
  toState: z.enum(UNIT_STATES).nullable(),
  fromStockId: z.uuid().nullable(),
  toStockId: z.uuid().nullable(),
  fromLocation: place,
  toLocation: place,
  service: named.describe('Where a deployed unit works now'),
  lineId: z.uuid().nullable().describe('The line of a check-out that it carried out'),
  reason: z.string().nullable(),
  reference: z.string().nullable(),
  actor: named.describe('Null: the service itself'),
  occurredAt: z.iso.datetime(),
  recordedAt: z.iso.datetime(),
});

export function viewOfMovement(movement: Movement): z.input<typeof movementView> {
  return { ...movement, occurredAt: movement.occurredAt.toString(), recordedAt: movement.recordedAt.toString() };
}

/** What was done in one act. */
export const movementBatchView = z.object({
  batchId: z.uuid(),
  movements: z.array(movementView).describe('In the order of the lines; what was as expected leaves none'),
});

export function viewOfBatch({ batchId, movements }: MovementBatch): z.input<typeof movementBatchView> {
  return { batchId, movements: movements.map(viewOfMovement) };
}

/** A movement in the reference. */
export const MOVEMENT_EXAMPLE: z.input<typeof movementView> = {
  id: '48213',
  batchId: '019aab2c-9a10-7d3e-9a52-4b1f0a6e8c21',
  kind: 'transfer',
  part: { id: '019aab2c-8a01-7b3e-8d52-6f1b0a4e8c11', partNumber: 'PSU-750W' },
  quantity: 1,
  unit: { id: '019aab2c-8c10-7d3e-9a52-4b1f0a6e8c21', serial: 'SN-004217' },
  fromState: 'in_stock',
  toState: 'in_stock',
  fromStockId: null,
  toStockId: null,
  fromLocation: { id: '019aab2c-8b44-7e1a-8c02-1d5f7b9a3c55', code: 'BIN-07' },
  toLocation: { id: '019aab2c-8b45-7e1a-8c02-1d5f7b9a3c56', code: 'BIN-09' },
  service: null,
  lineId: null,
  reason: 'Rack 3 is rebuilt',
  reference: null,
  actor: { id: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d', name: 'store' },
  occurredAt: '2026-11-22T10:00:00Z',
  recordedAt: '2026-11-22T10:00:00Z',
};

/** An act in the reference: its movements, all of one kind. */
export function batchExample(...movements: readonly Partial<z.input<typeof movementView>>[]) {
  return {
    batchId: MOVEMENT_EXAMPLE.batchId,
    movements: movements.map((movement) => ({ ...MOVEMENT_EXAMPLE, ...movement })),
  };
}
