import { html, trustedHtml } from '../kernel/html.ts';
import { codeSvg, type Symbology } from './label-code.ts';
import type { LabelFormat } from './label-format.ts';

/** What a label says. */
export interface LabelText {
  /** What the code holds: what a scan or a search takes. */
  readonly code: string;
  /** Lines for people, the most important one first. */
  readonly lines: readonly string[];
}

const MARGIN_MM = 2;
const ALIGNED = 'preserveAspectRatio="xMinYMin meet"';
const FIRST_LINE_MM = 4.2;
const OTHER_LINE_MM = 2.8;
const LEADING = 1.25;

/** A label as SVG in its true size: the code, and lines for people beside or below it. */
export async function labelSvg(text: LabelText, symbology: Symbology, format: LabelFormat): Promise<string> {
  const { widthMm, heightMm } = format;
  const code = await codeSvg(text.code, symbology);
  const inner = { widthMm: widthMm - 2 * MARGIN_MM, heightMm: heightMm - 2 * MARGIN_MM };
  const side = Math.min(inner.heightMm, inner.widthMm / 2);
  const isBeside = symbology === 'qr';
  const codeBox = isBeside ? { widthMm: side, heightMm: side } : { ...inner, heightMm: inner.heightMm / 2 };
  const left = isBeside ? MARGIN_MM + side + 1 : MARGIN_MM;
  const top = isBeside ? MARGIN_MM : MARGIN_MM + codeBox.heightMm;
  const textWidthMm = widthMm - MARGIN_MM - left;
  // bwip-js writes one svg element; it gets a place in ours.
  const placed = code.replace(
    '<svg ',
    `<svg x="${MARGIN_MM}" y="${MARGIN_MM}" width="${codeBox.widthMm}" height="${codeBox.heightMm}" ${ALIGNED} `,
  );
  return html`<svg xmlns="http://www.w3.org/2000/svg" width="${widthMm}mm" height="${heightMm}mm"
 viewBox="0 0 ${widthMm} ${heightMm}" font-family="Helvetica, Arial, 'Noto Sans SC', sans-serif">
<rect width="100%" height="100%" fill="#fff"/>${trustedHtml(placed)}${lines(text.lines, { left, top, textWidthMm, heightMm: heightMm - MARGIN_MM - top })}</svg>`
    .text;
}

interface TextBox {
  readonly left: number;
  readonly top: number;
  readonly textWidthMm: number;
  readonly heightMm: number;
}

function lines(texts: readonly string[], { left, top, textWidthMm, heightMm }: TextBox) {
  let y = top;
  return texts.map((text, index) => {
    const size = index === 0 ? FIRST_LINE_MM : OTHER_LINE_MM;
    y += size * LEADING;
    if (y - top > heightMm) return null;
    // What would be too wide is squeezed, so that all of it can be read.
    const isWide = widthOf(text) * size > textWidthMm;
    const squeezed = isWide ? trustedHtml(` textLength="${textWidthMm}" lengthAdjust="spacingAndGlyphs"`) : null;
    return html`<text x="${left}" y="${y.toFixed(2)}" font-size="${size}"${squeezed}>${text}</text>`;
  });
}

/** About how wide a text is, in heights of its letters: those of Chinese are square. */
function widthOf(text: string): number {
  return [...text].reduce((sum, letter) => sum + (/[\u2e80-\uffef]/.test(letter) ? 1 : 0.58), 0);
}
