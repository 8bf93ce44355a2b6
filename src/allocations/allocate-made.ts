import { Temporal } from 'temporal-polyfill';
import type { WrittenPick } from './allocate.store.ts';
import type { Span } from './allocate-span.ts';
import { type Allocation, type AllocationLine, allocationCode, type Holder } from './allocation.ts';
import type { PlainWish } from './checkout-request.ts';

/** What is known of an allocation that was written a moment ago. */
export interface Made {
  readonly id: string;
  readonly number: number;
  readonly createdAt: Date;
  readonly holderName: string;
  readonly serviceName: string | null;
  readonly createdBy: { readonly id: string; readonly name: string };
  readonly lines: readonly WrittenPick[];
}

/** The allocation as reading it back would give it. Nobody else can have changed it: its transaction is still open. */
export function allocationMade(wish: PlainWish, span: Span, made: Made): Allocation {
  const at = Temporal.Instant.fromEpochMilliseconds(made.createdAt.getTime());
  const holder: Holder = { kind: wish.holder.kind, id: wish.holder.id, name: made.holderName };
  return {
    id: made.id,
    number: made.number,
    code: allocationCode(made.number),
    form: wish.form,
    purpose: wish.purpose,
    severity: wish.severity ?? null,
    holder,
    service: wish.serviceId === undefined ? null : { id: wish.serviceId, name: made.serviceName ?? '' },
    note: wish.note ?? null,
    reserveReason: wish.reserve?.reason ?? null,
    emergencyCase: wish.reserve?.case ?? null,
    createdBy: made.createdBy,
    lines: made.lines.map((line) => lineMade(line, span)),
    version: 1,
    createdAt: at,
    updatedAt: at,
  };
}

function lineMade(line: WrittenPick, span: Span): AllocationLine {
  const common = {
    id: line.lineId,
    kind: line.kind,
    state: span.state,
    quantity: line.quantity,
    part: null,
    unit: null,
    stock: null,
    entitlement: null,
    location: null,
    from: span.from,
    until: span.until,
    expiresAt: span.expiresAt,
    dueAt: span.dueAt,
    isOverdue: false,
    isPinned: true,
    isFromReserve: line.isFromReserve,
    deviceModelId: null,
    assignee: null,
    splitFrom: null,
    issuedAt: span.state === 'issued' ? span.from : null,
    endedAt: null,
    endNote: null,
  };
  if (line.kind === 'seat') {
    const { id, name, product } = line.entitlement;
    return { ...common, entitlement: { id, name, product }, assignee: line.assignee };
  }
  const part = { id: line.part.id, partNumber: line.part.partNumber, name: line.part.name };
  const { deviceModelId } = line;
  if (line.kind === 'stock') {
    const { id, lot, expiresOn, place } = line.row;
    return { ...common, part, stock: { id, lot, expiresOn }, location: place, deviceModelId };
  }
  const { id, serial, assetTag, place } = line.unit;
  // What was handed out lies nowhere of ours any more.
  const location = span.state === 'issued' ? null : place;
  return { ...common, part, unit: { id, serial, assetTag }, location, isPinned: line.isPinned, deviceModelId };
}
