import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { insertMovements } from '../inventory/movement.store.ts';
import type { MovementAct } from '../inventory/movement-line.ts';
import { raiseReplenishment } from '../inventory/replenishment.service.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { allocationById } from './allocation.queries.ts';
import type { Allocation } from './allocation.ts';
import { issueHeldLines } from './collect.service.ts';
import { holdService, unitsOfCode } from './deploy.store.ts';
import type { Deployment, DeployRequest } from './deploy.ts';
import { sendFailed } from './deploy-failed.service.ts';
import { endLine, lockAllocation, settle, touchAllocation } from './lifecycle.store.ts';
import { type AllocationTarget, type LockedAllocation, type LockedLine, shown, stateInWords } from './lifecycle.ts';
import { lineNamed } from './return.service.ts';
import { seeUnit } from './return.store.ts';

/**
 * Puts what was handed out to its use, in one act: the unit works in a service from now on (pieces of bulk are used up),
 * what it replaces goes to repair, known before or not, and as many new ones are asked for. What is only held is collected
 * first.
 * @throws AppError `not-found`; `conflict` `line-not-out`, `more-than-is-out`, `failed-unit-elsewhere`, `several-units`,
 *   `unit-cannot-go`, and as `collect` for what is only held; `unprocessable` `service-missing`, `unsuitable-service`,
 *   `unsuitable-part`, `seats-are-not-deployed`, `failed-is-itself`.
 */
export async function deploy(
  tx: Tx,
  caller: Caller,
  target: AllocationTarget,
  wish: DeployRequest,
): Promise<{ readonly allocation: Allocation; readonly deployment: Deployment }> {
  // What failed may be of another part, whose pool is locked together with the others.
  const candidates = wish.failed ? await unitsOfCode(tx, wish.failed.unit) : [];
  const otherParts = [...candidates.map(({ partId }) => partId), ...(wish.failed?.partId ? [wish.failed.partId] : [])];
  const allocation = await lockAllocation(tx, target, otherParts);
  const named = await lineInHand(tx, allocation, wish);
  if (named.kind === 'seat') throw seatNotDeployed(named);
  const service = await serviceOf(tx, allocation, named, wish.serviceId);
  const line = await outLine(tx, caller, allocation, { line: named, isInHand: wish.unit !== undefined });
  const quantity = quantityUsed(allocation, line, wish.quantity);
  const act = { actorId: caller.principal.id, batchId: newId() };
  await putToUse(tx, { allocation, line, quantity, service, wish }, act);
  const failed = wish.failed ? await sendFailed(tx, { failed: wish.failed, line, service, candidates }, act) : null;
  const replenishmentId = wish.replenish ? await replenish(tx, allocation, line, quantity) : null;
  await touchAllocation(tx, allocation.id, { isCollected: true });
  await settle(tx);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'allocation.deploy',
    subjectKind: 'allocation',
    subjectId: allocation.id,
    details: {
      lineId: line.id,
      unitId: line.unitId,
      quantity,
      serviceId: service?.id ?? null,
      failed,
      replenishmentId,
    },
  });
  return { allocation: await allocationById(tx, allocation.id), deployment: { failed, replenishmentId } };
}

/**
 * The line that is named. Who took another unit from the shelf than the one that is kept, and scans that, has it for a line
 * of its part that is not pinned.
 */
async function lineInHand(tx: Tx, allocation: LockedAllocation, wish: DeployRequest): Promise<LockedLine> {
  const { unit: code } = wish;
  const scanned = code?.toLowerCase();
  const isIn = ({ serial, assetTag }: LockedLine) => [serial?.toLowerCase(), assetTag?.toLowerCase()].includes(scanned);
  if (code !== undefined && !allocation.lines.some(isIn)) {
    const onShelf = (await unitsOfCode(tx, code)).filter(({ state }) => state === 'in_stock');
    for (const line of allocation.lines.filter(({ state, isPinned }) => state === 'held' && !isPinned)) {
      const unit = onShelf.find(({ partId }) => partId === line.partId);
      if (unit) return { ...line, unitId: unit.id, serial: unit.serial, label: `${unit.serial} of ${unit.partNumber}` };
    }
  }
  return lineNamed(allocation, wish, code === undefined ? '#/lineId' : '#/unit');
}

interface NamedService {
  readonly id: string;
  readonly name: string;
}

/** Units go into a service; for pieces that are used up it is only said. */
async function serviceOf(
  tx: Tx,
  allocation: LockedAllocation,
  line: LockedLine,
  asked: string | undefined,
): Promise<NamedService | null> {
  const holderService = allocation.holder.kind === 'service' ? allocation.holder.id : null;
  const id = asked ?? allocation.serviceId ?? holderService;
  if (id === null) {
    if (line.kind === 'stock') return null;
    throw new AppError(
      'unprocessable',
      'service-missing',
      `${allocation.code} is for no service: name the one where ${line.label} goes`,
      {
        fields: [{ field: '#/serviceId', message: 'must name the service, because the check-out does not' }],
      },
    );
  }
  const service = await holdService(tx, id);
  if (service) return { id, name: service.name };
  throw new AppError('unprocessable', 'unsuitable-service', `There is no service ${id} in use`, {
    fields: [{ field: '#/serviceId', message: 'must be the id of a service in use' }],
  });
}

/** The line as one that is out: what is only held is collected first. */
async function outLine(
  tx: Tx,
  caller: Caller,
  allocation: LockedAllocation,
  { line, isInHand }: { readonly line: LockedLine; readonly isInHand: boolean },
): Promise<LockedLine> {
  if (line.state === 'issued') return line;
  if (line.state !== 'held') {
    throw new AppError(
      'conflict',
      'line-not-out',
      `${line.label} in ${allocation.code} is ${stateInWords(line)}: it cannot be deployed`,
      {
        fields: [{ field: '#', message: `the line is ${line.state}` }],
      },
    );
  }
  if (line.beginsAt > allocation.now) {
    throw new AppError(
      'conflict',
      'window-not-begun',
      `${allocation.code} begins at ${shown(line.beginsAt)}: it cannot be collected before`,
    );
  }
  // Who scans a unit has that one in hand, so no other one of its part will do.
  const lines = [{ ...line, isPinned: line.isPinned || isInHand }];
  const [issued] = await issueHeldLines(tx, caller, { allocation, lines, wish: {} });
  return { ...line, state: 'issued', unitId: issued?.unitId ?? line.unitId };
}

function quantityUsed(allocation: LockedAllocation, line: LockedLine, asked: number | undefined): number {
  const quantity = asked ?? line.quantity;
  if (quantity <= line.quantity) return quantity;
  throw new AppError(
    'conflict',
    'more-than-is-out',
    `${quantity} of ${line.label} cannot be used: ${line.quantity} ${line.quantity === 1 ? 'is' : 'are'} out by ${allocation.code}`,
    { fields: [{ field: '#/quantity', message: `must be at most ${line.quantity}` }] },
  );
}

interface Deploying {
  readonly allocation: LockedAllocation;
  readonly line: LockedLine;
  readonly service: NamedService | null;
  readonly wish: DeployRequest;
}

async function putToUse(
  tx: Tx,
  { allocation, line, quantity, service, wish }: Deploying & { readonly quantity: number },
  act: MovementAct,
): Promise<void> {
  const state = line.kind === 'unit' ? 'deployed' : 'consumed';
  await endLine(tx, line, { state, quantity, note: wish.note ?? null });
  if (line.unitId === null) return;
  const common = { partId: line.partId ?? '', lineId: line.rootLineId, reason: wish.note, reference: allocation.code };
  await insertMovements(
    tx,
    [{ ...common, kind: 'deploy', unitId: line.unitId, toState: 'deployed', serviceId: service?.id }],
    act,
  );
  await seeUnit(tx, line.unitId, false);
}

/** As many pieces as one replenishment can ask for. */
const REPLENISHED_MAX = 1_000_000;

async function replenish(tx: Tx, allocation: LockedAllocation, line: LockedLine, quantity: number): Promise<string> {
  return raiseReplenishment(tx, {
    partId: line.partId ?? '',
    quantity: Math.min(quantity, REPLENISHED_MAX),
    origin: 'deploy',
    reason: `used by ${allocation.code}`,
  });
}

function seatNotDeployed(line: LockedLine): AppError {
  return new AppError(
    'unprocessable',
    'seats-are-not-deployed',
    `${line.label}: seats are used and returned, not deployed`,
    {
      fields: [{ field: '#/lineId', message: 'must be a line of a unit or of pieces' }],
    },
  );
}
