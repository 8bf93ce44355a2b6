import { z } from 'zod';
import { SEVERITIES } from '../kernel/severity.ts';
import {
  ALLOCATION_FORMS,
  type Allocation,
  type AllocationLine,
  HOLDER_KINDS,
  LINE_STATES,
  PURPOSES,
} from './allocation.ts';

const named = z.object({ id: z.uuid(), name: z.string() });
const instant = z.iso.datetime().nullable();

const lineView = z.object({
  id: z.uuid(),
  kind: z.enum(['unit', 'stock', 'seat']),
  state: z.enum(LINE_STATES).describe('A hold whose time is over reads as expired at once'),
  quantity: z.int(),
  part: z.object({ id: z.uuid(), partNumber: z.string(), name: z.string() }).nullable(),
  unit: z.object({ id: z.uuid(), serial: z.string(), assetTag: z.string().nullable() }).nullable(),
  stock: z.object({ id: z.uuid(), lot: z.string(), expiresOn: z.iso.date().nullable() }).nullable(),
  entitlement: z.object({ id: z.uuid(), name: z.string(), product: z.string() }).nullable(),
  location: z.object({ id: z.uuid(), code: z.string() }).nullable().describe('Where it lies now'),
  from: z.iso.datetime(),
  until: instant.describe('The end of what it occupies; null for an issue without a due date'),
  expiresAt: instant.describe('When a held line dies by itself'),
  dueAt: instant.describe('When an issued line should be back'),
  isOverdue: z.boolean(),
  isPinned: z.boolean().describe('False: another unit of the part may be handed out in its place'),
  isFromReserve: z.boolean().describe('It takes from the emergency reserve'),
  deviceModelId: z.uuid().nullable().describe('The failed device that it serves'),
  assignee: z.string().nullable().describe('Who or what sits on the seats'),
  splitFrom: z.uuid().nullable().describe('The line that this one was split off'),
  issuedAt: instant,
  endedAt: instant,
  endNote: z.string().nullable(),
});

/** An allocation as the API shows it. */
export const allocationView = z.object({
  id: z.uuid(),
  number: z.int(),
  code: z.string().describe('What a label and a scanner know it by'),
  form: z.enum(ALLOCATION_FORMS).describe('What it began as; its lines say what it is now'),
  purpose: z.enum(PURPOSES),
  severity: z.enum(SEVERITIES).nullable().describe('Of the incident, or of what the drill rehearses'),
  holder: named.extend({ kind: z.enum(HOLDER_KINDS) }),
  service: named.nullable().describe('For which service'),
  note: z.string().nullable(),
  reserveReason: z.string().nullable().describe('Why it may take from the emergency reserve'),
  emergencyCase: z.string().nullable().describe('The emergency for which it may: the number of the incident'),
  createdBy: named.nullable(),
  lines: z.array(lineView),
  version: z.int().describe('Send it as If-Match with a change'),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

export function viewOfAllocation(allocation: Allocation): z.input<typeof allocationView> {
  return {
    ...allocation,
    lines: allocation.lines.map(viewOfLine),
    createdAt: allocation.createdAt.toString(),
    updatedAt: allocation.updatedAt.toString(),
  };
}

function viewOfLine(line: AllocationLine): z.input<typeof lineView> {
  return {
    ...line,
    from: line.from.toString(),
    until: line.until?.toString() ?? null,
    expiresAt: line.expiresAt?.toString() ?? null,
    dueAt: line.dueAt?.toString() ?? null,
    issuedAt: line.issuedAt?.toString() ?? null,
    endedAt: line.endedAt?.toString() ?? null,
  };
}
