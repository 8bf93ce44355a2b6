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
 * Formats that office shops have. The measures are those that the makers publish: Avery's templates for L7160, L7159 (A4) and
 * 5160 (US letter, in inches: 2 5/8 by 1), Brother's list of DK rolls, Dymo's list of LabelWriter labels.
 */
const LABEL_FORMATS = [
  {
    name: 'avery-l7160',
    description: 'Avery L7160, 21 to a sheet of A4',
    widthMm: 63.5,
    heightMm: 38.1,
    sheet: { size: 'A4', across: 3, down: 7, leftMm: 7.2, topMm: 15.1, stepXMm: 66, stepYMm: 38.1 },
  },
  {
    name: 'avery-l7159',
    description: 'Avery L7159, 24 to a sheet of A4',
    widthMm: 63.5,
    heightMm: 33.9,
    sheet: { size: 'A4', across: 3, down: 8, leftMm: 7.2, topMm: 12.9, stepXMm: 66, stepYMm: 33.9 },
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
