import { z } from 'zod';
import { lineText } from '../kernel/text.ts';
import type { HeaderMapping } from './headers.ts';
import { IMPORT_KINDS, KIND_NAMES } from './kinds/kinds.ts';

/** A mapping that is kept under a name, for files that come again and again. */
export interface ImportMapping {
  /** Null for one that Muster brings along. */
  readonly id: string | null;
  readonly kind: string;
  readonly name: string;
  readonly headers: HeaderMapping;
}

const headers = z
  .record(z.string().regex(/^[a-z][a-z_]{0,39}$/, 'must be the name of a field'), lineText(120))
  .refine((all) => Object.keys(all).length >= 1 && Object.keys(all).length <= 60, {
    message: 'must name 1 to 60 fields',
  });

/** A new mapping. */
export const newMappingSchema = z
  .strictObject({
    kind: z.enum(KIND_NAMES).describe('What its files are of'),
    name: lineText(80).describe('How imports name it; unique among those of the kind, whatever the case'),
    headers: headers.describe('By the name of the field, the header of its column'),
  })
  .superRefine(({ kind, headers }, context) => {
    const fields = IMPORT_KINDS.find(({ name }) => name === kind)?.fields ?? [];
    for (const field of Object.keys(headers)) {
      if (fields.some(({ name }) => name === field)) continue;
      const message = `is no field of ${kind}: known are ${fields.map(({ name }) => name).join(', ')}`;
      context.addIssue({ code: 'custom', path: ['headers', field], message });
    }
  });

export type NewMapping = z.infer<typeof newMappingSchema>;

/**
 * Mappings that Muster brings along, for files that other systems write. The headers are those of Snipe-IT's asset list when it
 * is exported as CSV in English (its `AssetPresenter` and the language file `admin/hardware`): switch on the columns
 * Manufacturer, Model No., Serial and Location there before exporting. A column that is not in the file is left out.
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
  },
];
