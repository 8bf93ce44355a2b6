/** Labels of one size, alone on a roll or in rows and columns on a sheet. All lengths are millimetres. */
export interface LabelFormat {
  readonly name: string;
  readonly description: string;
  readonly widthMm: number;
  readonly heightMm: number;
  /** Of labels on sheets: the sheet, how many across and down, where the first begins, and how far it is to the next one. */
  readonly sheet?: {
    readonly size: 'A4' | 'letter';
    readonly across: number;
    readonly down: number;
    readonly leftMm: number;
    readonly topMm: number;
    readonly stepXMm: number;
    readonly stepYMm: number;
  };
}

/**
 * Formats that office shops have. The makers' own pages were not read; the measures are from public lists of label formats:
 * - Avery: extras/source/labels/labels.xml of LibreOffice/core ("L7160 Address", "L7159 Address", "5160 Address"), in which the
 *   labels of each sheet lie in the middle of the paper; L7159 has no other source. For L7160, avery-iso-templates.xml below
 *   templates of jimevins/glabels-qt has the same steps, begins 0.3 mm further in, and its labels are 0.5 mm wider. For 5160,
 *   app/Models/Labels/Sheets/Avery/_5520.php of snipe/snipe-it, the same sheet, agrees; in gLabels its columns are 0.8 mm
 *   further apart.
 * - Dymo: templates/dymo-other-templates.xml of jimevins/glabels-qt.
 * - Brother: DK-11201 from templates/brother-other-templates.xml there; 62 by 29 mm is among the die-cut media in
 *   brother_ql/labels.py of pklaus/brother_ql, which names no DK numbers.
 */
const LABEL_FORMATS = [
  {
    name: 'avery-l7160',
    description: 'Avery L7160, 21 to a sheet of A4',
    widthMm: 63.5,
    heightMm: 38.1,
    sheet: { size: 'A4', across: 3, down: 7, leftMm: 7.2, topMm: 15.15, stepXMm: 66.04, stepYMm: 38.1 },
  },
  {
    name: 'avery-l7159',
    description: 'Avery L7159, 24 to a sheet of A4',
    widthMm: 64,
    heightMm: 33.86,
    sheet: { size: 'A4', across: 3, down: 8, leftMm: 6.46, topMm: 13.06, stepXMm: 66.54, stepYMm: 33.86 },
  },
  {
    name: 'avery-5160',
    description: 'Avery 5160, 30 to a sheet of US letter',
    widthMm: 66.675,
    heightMm: 25.4,
    sheet: { size: 'letter', across: 3, down: 10, leftMm: 4.7625, topMm: 12.7, stepXMm: 69.85, stepYMm: 25.4 },
  },
  { name: 'brother-dk-11209', description: 'Brother DK-11209, 62 by 29 mm', widthMm: 62, heightMm: 29 },
  { name: 'brother-dk-11201', description: 'Brother DK-11201, 90 by 29 mm', widthMm: 90, heightMm: 29 },
  { name: 'dymo-99012', description: 'Dymo 99012, 89 by 36 mm', widthMm: 89, heightMm: 36 },
  { name: 'dymo-11354', description: 'Dymo 11354, 57 by 32 mm', widthMm: 57, heightMm: 32 },
] as const satisfies readonly LabelFormat[];

export const LABEL_FORMAT_NAMES = LABEL_FORMATS.map(({ name }) => name);

/** The format of a name that {@link LABEL_FORMAT_NAMES} has. */
export function labelFormat(name: (typeof LABEL_FORMAT_NAMES)[number]): LabelFormat {
  const format = LABEL_FORMATS.find((candidate) => candidate.name === name);
  if (!format) throw new Error(`there is no label format ${name}`);
  return format;
}
