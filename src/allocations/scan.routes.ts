import { z } from 'zod';
import { defineRead, type Route } from '../http/route.ts';
import { lineText } from '../kernel/text.ts';
import { ALLOCATION_EXAMPLE } from './allocate.views.ts';
import { ALLOCATION_FORMS, HOLDER_KINDS } from './allocation.ts';
import { allocationView, viewOfAllocation } from './allocation.views.ts';
import { resolveScan, type ScanMatch } from './scan.service.ts';
import { allocationActions, locationActions, unitActions } from './scan.ts';

/** What a barcode stands for, and what can be done next. */
export const scanRoutes = (): Route[] => [scan];

const named = z.object({ id: z.uuid(), name: z.string() });
const coded = z.object({ id: z.uuid(), code: z.string() });
const part = z.object({ id: z.uuid(), partNumber: z.string(), name: z.string() });

const actions = z
  .array(
    z.object({
      name: z.string(),
      method: z.enum(['get', 'post']),
      path: z.string(),
      body: z.record(z.string(), z.unknown()).nullable().describe('What the body has to name; the rest is yours'),
    }),
  )
  .describe('What can be done next');

const unitView = z.object({
  id: z.uuid(),
  serial: z.string(),
  assetTag: z.string().nullable(),
  part,
  state: z.string(),
  isUsable: z.boolean(),
  location: coded.nullable(),
  service: named.nullable().describe('Where it works'),
  lines: z
    .array(
      z.object({
        lineId: z.uuid(),
        state: z.enum(['held', 'issued']),
        allocation: coded.extend({ form: z.enum(ALLOCATION_FORMS) }),
        holder: named.extend({ kind: z.enum(HOLDER_KINDS) }),
        from: z.iso.datetime(),
        until: z.iso.datetime().nullable(),
        isNow: z.boolean().describe('It is out, or can be collected now'),
      }),
    )
    .describe('Who has it or is promised it, the nearest first'),
});

const count = z.string().describe('A number, or `1,000+`');

const locationView = z.object({
  id: z.uuid(),
  code: z.string(),
  name: z.string(),
  kind: z.string(),
  isRetired: z.boolean(),
  path: z.array(z.string()).describe('Codes from the site down to it'),
  units: count,
  stockRows: count,
  locations: count,
  parts: z.array(part.extend({ quantity: z.int() })).describe('Up to 20 of the parts that lie directly in it'),
});

const matchView = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('unit'), by: z.enum(['asset-tag', 'serial']), unit: unitView, actions }),
  z.object({ kind: z.literal('location'), location: locationView, actions }),
  z.object({ kind: z.literal('allocation'), allocation: allocationView, actions }),
]);

const scanView = z.object({
  code: z.string(),
  matches: z.array(matchView).describe('Everything that the code stands for'),
});

function viewOf(match: ScanMatch): z.input<typeof matchView> {
  switch (match.kind) {
    case 'unit':
      return { ...match, unit: { ...match.unit, lines: [...match.unit.lines] }, actions: unitActions(match.unit) };
    case 'location': {
      const { path, parts } = match.location;
      const location = { ...match.location, path: [...path], parts: [...parts] };
      return { ...match, location, actions: locationActions(match.location) };
    }
    case 'allocation':
      return { ...match, allocation: viewOfAllocation(match.allocation), actions: allocationActions(match.allocation) };
  }
}

const LINE = ALLOCATION_EXAMPLE.lines[0];

const EXAMPLE: z.input<typeof scanView> = {
  code: 'A-0042',
  matches: [
    {
      kind: 'unit',
      by: 'asset-tag',
      unit: {
        id: '019aab2c-45e7-7d19-a0c6-1f8b3d5e7a92',
        serial: 'SN-0042',
        assetTag: 'A-0042',
        part: { id: '019aab2c-31d0-7b42-8f3e-5a9c7e1d2b64', partNumber: 'PSU-750W', name: 'Power supply 750 W' },
        state: 'issued',
        isUsable: false,
        location: null,
        service: null,
        lines: [
          {
            lineId: LINE?.id ?? '',
            state: 'issued',
            allocation: { id: ALLOCATION_EXAMPLE.id, code: 'CO-000042', form: 'checkout' },
            holder: ALLOCATION_EXAMPLE.holder,
            from: '2026-11-22T09:30:00Z',
            until: '2026-11-29T09:30:00Z',
            isNow: true,
          },
        ],
      },
      actions: [
        {
          name: 'return',
          method: 'post',
          path: `/api/v1/checkouts/${ALLOCATION_EXAMPLE.id}/returns`,
          body: { lines: [{ lineId: LINE?.id ?? '' }] },
        },
      ],
    },
  ],
};

const scan = defineRead({
  path: '/scan/{code}',
  operationId: 'scan',
  tag: 'allocations',
  summary: 'What a scanned code stands for (asset tag, serial, location, check-out), and what can be done next',
  permission: 'inventory.read',
  errors: ['code-unknown'],
  params: z.strictObject({ code: lineText(80).describe('What the scanner read, whatever the case') }),
  response: scanView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => {
    const matches = await resolveScan(db, params.code);
    return { body: { code: params.code, matches: matches.map(viewOf) } };
  },
});
