import { z } from 'zod';
import { lineText } from '../kernel/text.ts';
import type { FieldDefaults, HeaderMapping } from './headers.ts';
import { IMPORT_KINDS, KIND_NAMES } from './kinds/kinds.ts';

/** A mapping that is kept under a name, for files that come again and again. */
export interface ImportMapping {
  /** Null for one that Muster brings along. */
  readonly id: string | null;
  readonly kind: string;
  readonly name: string;
  readonly headers: HeaderMapping;
  readonly defaults: FieldDefaults;
}

const fieldName = z.string().regex(/^[a-z][a-z_]{0,39}$/, 'must be the name of a field');

const headers = z
  .record(fieldName, lineText(120))
  .refine((all) => Object.keys(all).length >= 1 && Object.keys(all).length <= 60, {
    message: 'must name 1 to 60 fields',
  });

/** A new mapping. */
export const newMappingSchema = z
  .strictObject({
    kind: z.enum(KIND_NAMES).describe('What its files are of'),
    name: lineText(80).describe('How imports name it; unique among those of the kind, whatever the case'),
    headers: headers.describe('By the name of the field, the header of its column'),
    defaults: z
      .record(fieldName, lineText(1000))
      .refine((all) => Object.keys(all).length <= 60, { message: 'must name at most 60 fields' })
      .default({})
      .describe('By the name of the field, what a new thing has that the file does not state'),
  })
  .superRefine(({ kind, headers, defaults }, context) => {
    const fields = IMPORT_KINDS.find(({ name }) => name === kind)?.fields ?? [];
    for (const [part, named] of Object.entries({ headers, defaults })) {
      for (const field of Object.keys(named)) {
        if (fields.some(({ name }) => name === field)) continue;
        const message = `is no field of ${kind}: known are ${fields.map(({ name }) => name).join(', ')}`;
        context.addIssue({ code: 'custom', path: [part, field], message });
      }
    }
  });

export type NewMapping = z.infer<typeof newMappingSchema>;

/**
 * Mappings that Muster brings along, for files that other systems write. A column that is not in the file is left out.
 *
 * `snipe-it-assets`: read from snipe/snipe-it at 5aa5c48018f25ae5eb8671bc278469e85d0ac054 (version 8.1.4). Both ways in which
 * it gives out assets in English have these headers: the asset list's own export (`dataTableLayout` in
 * app/Presenters/AssetPresenter.php) and the custom asset report (`postCustom` in app/Http/Controllers/ReportsController.php),
 * with the texts of general.php, admin/hardware/form.php, admin/hardware/table.php and admin/models/table.php below
 * resources/lang/en-US. The list gives out the columns that are switched on; Manufacturer, Model No., Supplier, Warranty
 * Expires and Notes are off until somebody does. It writes days as its settings say, the report always as 2026-12-31.
 *
 * `snipe-it-licences`: from the same version, what the button Export of its licences gives out in English
 * (`getExportLicensesCsv` in app/Http/Controllers/Licenses/LicensesController.php; general.php, admin/licenses/form.php and
 * admin/licenses/table.php). The licence list's own export calls the seats Total. What it counts seats by and the currency of
 * the cost are in neither: a new entitlement counts devices, unless a column `metric` says more, and the cost is left aside, as
 * the product keys are.
 */
export const READY_MAPPINGS: readonly ImportMapping[] = [
  {
    id: null,
    kind: 'units',
    name: 'snipe-it-assets',
    headers: {
      manufacturer: 'Manufacturer',
      part_number: 'Model No.',
      serial: 'Serial',
      asset_tag: 'Asset Tag',
      location: 'Location',
      supplier: 'Supplier',
      warranty_until: 'Warranty Expires',
      note: 'Notes',
    },
    defaults: {},
  },
  {
    id: null,
    kind: 'products',
    name: 'snipe-it-licences',
    headers: { vendor: 'Manufacturer', product: 'Name' },
    defaults: {},
  },
  {
    id: null,
    kind: 'entitlements',
    name: 'snipe-it-licences',
    headers: {
      vendor: 'Manufacturer',
      product: 'Name',
      quantity: 'Seats',
      starts_on: 'Purchase Date',
      ends_on: 'Expiration Date',
      contract: 'Purchase Order Number',
      note: 'Notes',
    },
    defaults: { metric: 'device' },
  },
];
