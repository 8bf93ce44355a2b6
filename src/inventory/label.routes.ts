import { z } from 'zod';
import type { Queryable } from '../database/database.ts';
import { idParams, queryInteger } from '../http/parameters.ts';
import { defineDocument, type Route } from '../http/route.ts';
import { LABELS_MAX, type LabelChoice, locationLabels, unitLabels } from './label.queries.ts';
import { type LabelText, labelSvg } from './label.ts';
import { codePng, SYMBOLOGIES } from './label-code.ts';
import { LABEL_FORMAT_NAMES, labelFormat } from './label-format.ts';
import { labelSheet } from './label-sheet.ts';

/** What is labelled, and how its labels are found. */
interface Labelled {
  readonly tag: 'units' | 'locations';
  readonly noun: string;
  readonly labels: (db: Queryable, choice: LabelChoice) => Promise<LabelText[]>;
}

const UNITS: Labelled = { tag: 'units', noun: 'Unit', labels: unitLabels };
const LOCATIONS: Labelled = { tag: 'locations', noun: 'Location', labels: locationLabels };

/** Labels with a QR code or Code 128, alone and on sheets. */
export const labelRoutes = (): Route[] => [UNITS, LOCATIONS].flatMap((of) => [svg(of), png(of), sheet(of)]);

const symbology = z.enum(SYMBOLOGIES).default('qr').describe('What the code is; Code 128 holds ASCII only');
const format = z.enum(LABEL_FORMAT_NAMES).describe('What it is printed on');
const errors = ['nothing-to-label', 'not-in-code-128'];

const svg = ({ tag, noun, labels }: Labelled) =>
  defineDocument({
    ...{ tag, errors, permission: 'inventory.read' },
    path: `/${tag}/{id}/label.svg`,
    operationId: `draw${noun}Label`,
    summary: `The label of a ${noun.toLowerCase()} in its true size: code and text`,
    params: idParams,
    query: z.strictObject({ symbology, format: format.default('brother-dk-11209') }),
    contentTypes: ['image/svg+xml'],
    handle: async ({ db, params, query }) => {
      const [label] = await labels(db, { ids: [params.id] });
      const content = label ? await labelSvg(label, query.symbology, labelFormat(query.format)) : '';
      return { contentType: 'image/svg+xml; charset=utf-8', content };
    },
  });

const png = ({ tag, noun, labels }: Labelled) =>
  defineDocument({
    ...{ tag, errors, permission: 'inventory.read' },
    path: `/${tag}/{id}/label.png`,
    operationId: `draw${noun}Code`,
    summary: `The code of a ${noun.toLowerCase()} alone, for label programs that set the text themselves`,
    params: idParams,
    query: z.strictObject({ symbology }),
    contentTypes: ['image/png'],
    handle: async ({ db, params, query }) => {
      const [label] = await labels(db, { ids: [params.id] });
      return { contentType: 'image/png', content: await codePng(label?.code ?? '', query.symbology) };
    },
  });

/** Ids in one address: as many as it has room for. */
const IDS_MAX = 80;

const idList = z.array(z.uuid()).min(1).max(IDS_MAX);

const ids = z
  .string()
  .max(4000)
  .refine((text) => idList.safeParse(text.split(',')).success, `must be ids with commas between, at most ${IDS_MAX}`)
  .transform((text) => text.toLowerCase().split(','))
  .optional()
  .describe(`Which ones: their ids with commas between, at most ${IDS_MAX}`);

const sheet = ({ tag, noun, labels }: Labelled) =>
  defineDocument({
    ...{ tag, permission: 'inventory.read' },
    path: `/${tag}/labels.html`,
    operationId: `print${noun}Labels`,
    summary: `Labels of ${tag} as a page that prints to scale, on sheets or a roll: print it at 100 % without margins`,
    errors: [...errors, 'too-many-labels'],
    query: z
      .strictObject({
        ids,
        locationId: z.uuid().toLowerCase().optional().describe(`All in this location, at most ${LABELS_MAX}`),
        symbology,
        format: format.default('avery-l7160'),
        skip: queryInteger({ min: 0, max: 100 }).default(0).describe('Labels of the first sheet that are used already'),
      })
      .refine(({ ids, locationId }) => (ids === undefined) !== (locationId === undefined), {
        message: 'must state either ids or locationId',
        path: ['ids'],
      }),
    contentTypes: ['text/html'],
    handle: async ({ db, query }) => {
      const choices = { symbology: query.symbology, format: labelFormat(query.format), skip: query.skip };
      return { contentType: 'text/html; charset=utf-8', content: await labelSheet(await labels(db, query), choices) };
    },
  });
