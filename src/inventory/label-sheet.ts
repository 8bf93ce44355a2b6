import { html, trustedHtml } from '../kernel/html.ts';
import { type LabelText, labelSvg } from './label.ts';
import type { Symbology } from './label-code.ts';
import type { LabelFormat } from './label-format.ts';

/** How a sheet is to be filled. */
export interface SheetChoices {
  readonly symbology: Symbology;
  readonly format: LabelFormat;
  /** Labels of the first sheet that are used already. */
  readonly skip: number;
}

const STYLE = `body { margin: 0; } .page { position: relative; break-after: page; overflow: hidden; }
.page svg { display: block; } .label { position: absolute; overflow: hidden; }
@media screen { .page { margin: 4mm auto; outline: 0.2mm solid #999; } .label { outline: 0.1mm dashed #bbb; } }`;

/**
 * Labels as one HTML page that prints to scale: print it at 100 %, without margins and without "fit to page". Those of a roll
 * are one page each.
 */
export async function labelSheet(
  labels: readonly LabelText[],
  { symbology, format, skip }: SheetChoices,
): Promise<string> {
  const { across, down, leftMm, topMm, stepXMm, stepYMm } = format.sheet ?? ROLL;
  const perPage = across * down;
  const pageSize = format.sheet === undefined ? `${format.widthMm}mm ${format.heightMm}mm` : SHEETS[format.sheet.size];
  const [width = '', height = ''] = pageSize.split(' ');
  const placed = await Promise.all(
    labels.map(async (label, index) => {
      const at = (index + (skip % perPage)) % perPage;
      const left = leftMm + (at % across) * stepXMm;
      const top = topMm + Math.floor(at / across) * stepYMm;
      const place = `left:${left.toFixed(3)}mm;top:${top.toFixed(3)}mm;width:${format.widthMm}mm;height:${format.heightMm}mm`;
      return html`<div class="label" style="${place}">${trustedHtml(await labelSvg(label, symbology, format))}</div>`;
    }),
  );
  const pages = Map.groupBy(placed.entries(), ([index]) => Math.floor((index + (skip % perPage)) / perPage));
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Labels: ${format.description}</title>
<style>${trustedHtml(`@page { size: ${pageSize}; margin: 0; } ${STYLE} .page { width: ${width}; height: ${height}; }`)}</style></head>
<body>${[...pages.values()].map((page) => html`<div class="page">${page.map(([, label]) => label)}</div>`)}</body></html>
`.text;
}

/** One label is one page. */
const ROLL = { across: 1, down: 1, leftMm: 0, topMm: 0, stepXMm: 0, stepYMm: 0 };

const SHEETS = { A4: '210mm 297mm', letter: '215.9mm 279.4mm' } as const;
