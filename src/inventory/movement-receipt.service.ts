import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { AppError, type FieldProblem } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { unitLies } from './movement.service.ts';
import { lockParts } from './movement.store.ts';
import { carryOut, type MovementBatch } from './movement-act.service.ts';
import type { MovementLine } from './movement-line.ts';
import { clashesOf, partsToReceive, type ReceivedPart } from './movement-receipt.store.ts';
import type { Receipt, ReceiptBulkLine, ReceiptUnitLine } from './movement-receipt.ts';
import { ensureStockRows } from './stock.store.ts';
import { holdLocations } from './stock-place.store.ts';
import { insertUnits, type NewUnit } from './unit.store.ts';

/** What a receipt is for, where it is for something. */
interface ReceiptPurpose {
  readonly action: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * Takes a batch of units and pieces into the register, all of it or nothing. A damaged unit, and one that is said to
 * wait, comes into quarantine. Shelf life and the next test count from the day of receipt.
 * @throws AppError `unprocessable` `unsuitable-part`, `unsuitable-location`; `conflict` `serial-taken`, `asset-tag-taken`;
 *   `invalid` `movement-in-future`; each names its lines.
 */
export async function receive(
  tx: Tx,
  caller: Caller,
  { lines, receivedAt, ...words }: Receipt,
  purpose: ReceiptPurpose = { action: 'stock.receive' },
): Promise<MovementBatch> {
  const at = receivedAt === undefined ? undefined : new Date(receivedAt);
  const partIds = lines.map((line) => line.partId);
  await lockParts(tx, partIds);
  const parts = new Map((await partsToReceive(tx, partIds, at)).map((part) => [part.id, part]));
  requireSuitableParts(lines, parts);
  await holdLocations(
    tx,
    lines.map(({ locationId }, index) => ({ locationId, field: `#/lines/${index}/locationId` })),
  );
  await requireNew(tx, lines);
  const units = lines.flatMap((line) => (line.kind === 'unit' ? [arriving(line)] : []));
  await insertUnits(tx, units, at);
  const bulk = lines.filter((line) => line.kind === 'bulk');
  const movements = [
    ...units.map((unit) => unitLies('receive', unit, unit.state, unit.locationId)),
    ...(await bulkArrivals(tx, bulk, parts)),
  ];
  return carryOut(tx, caller, { ...purpose, ...words, occurredAt: at }, movements);
}

function arriving(line: ReceiptUnitLine) {
  const waits = line.isQuarantined || line.condition === 'damaged';
  return { ...line, id: newId(), state: waits ? 'quarantined' : 'in_stock' } as const satisfies NewUnit;
}

async function bulkArrivals(
  tx: Tx,
  lines: readonly ReceiptBulkLine[],
  parts: ReadonlyMap<string, ReceivedPart>,
): Promise<MovementLine[]> {
  const stockIds = await ensureStockRows(
    tx,
    lines.map(({ partId, locationId, lot = '', expiresOn }) => ({
      partId,
      locationId,
      lot,
      expiresOn: expiresOn ?? parts.get(partId)?.expiresOn ?? null,
      condition: 'usable',
    })),
  );
  return lines.map(({ partId, quantity }, index) => ({
    kind: 'receive',
    partId,
    quantity,
    toStockId: stockIds[index],
  }));
}

function requireSuitableParts(lines: Receipt['lines'], parts: ReadonlyMap<string, ReceivedPart>): void {
  const problems = lines.flatMap((line, index): FieldProblem[] => {
    const problem = partProblem(line, parts.get(line.partId));
    return problem === undefined ? [] : [{ field: `#/lines/${index}/${problem.key}`, message: problem.message }];
  });
  if (problems.length === 0) return;
  const message = `Nothing was received: ${problems[0]?.field} ${problems[0]?.message}`;
  throw new AppError('unprocessable', 'unsuitable-part', message, { fields: problems });
}

function partProblem(line: Receipt['lines'][number], part: ReceivedPart | undefined) {
  if (!part) return { key: 'partId', message: 'must be the id of a part' };
  if (part.retired) return { key: 'partId', message: `must be a part in use: ${part.partNumber} is retired` };
  if (line.kind === 'unit' && part.tracking === 'bulk') {
    return { key: 'kind', message: `must be bulk: ${part.partNumber} is kept in pieces without serial numbers` };
  }
  if (line.kind === 'bulk' && part.tracking === 'serial') {
    return { key: 'kind', message: `must be unit: each ${part.partNumber} has its serial number` };
  }
  return undefined;
}

async function requireNew(tx: Tx, lines: Receipt['lines']): Promise<void> {
  const clashes = await clashesOf(
    tx,
    lines.flatMap((line, position) => (line.kind === 'unit' ? [{ ...line, position }] : [])),
  );
  if (clashes.length === 0) return;
  const fields = clashes.flatMap((clash) => {
    const at = `#/lines/${clash.position}`;
    const serial = clash.serialTaken ? 'is that of a unit of this part that is known' : 'is that of an earlier line';
    const tag = clash.tagTaken ? 'is on another unit' : 'is that of an earlier line';
    return [
      ...(clash.serialTaken || clash.serialRepeated ? [{ field: `${at}/serial`, message: serial }] : []),
      ...(clash.tagTaken || clash.tagRepeated ? [{ field: `${at}/assetTag`, message: tag }] : []),
    ];
  });
  const first = clashes[0];
  const code = first?.serialTaken || first?.serialRepeated ? 'serial-taken' : 'asset-tag-taken';
  throw new AppError('conflict', code, `Nothing was received: ${fields[0]?.field} ${fields[0]?.message}`, { fields });
}
