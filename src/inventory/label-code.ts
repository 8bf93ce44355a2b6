import { AppError } from '../kernel/errors.ts';

export const SYMBOLOGIES = ['qr', 'code128'] as const;
export type Symbology = (typeof SYMBOLOGIES)[number];

/** Quiet zones: four modules of QR (ISO/IEC 18004), which are two wide here, and ten of Code 128 (ISO/IEC 15417). */
const QUIET_WIDTHS = { qr: 8, code128: 10 } as const;

/** Dots of a module in a PNG: about 300 dots an inch for a QR code of 20 mm. */
const PNG_SCALE = 8;

/**
 * The code of a text as SVG with a `viewBox` and no size of its own, its quiet zone included.
 * @throws AppError `unprocessable` `not-in-code-128`.
 */
export async function codeSvg(text: string, symbology: Symbology): Promise<string> {
  // It is large, and few requests draw anything.
  const { toSVG } = await import('bwip-js/node');
  return toSVG(optionsOf(text, symbology, 1));
}

/** The same as PNG. @throws AppError `unprocessable` `not-in-code-128`. */
export async function codePng(text: string, symbology: Symbology): Promise<Uint8Array> {
  const { toBuffer } = await import('bwip-js/node');
  return toBuffer(optionsOf(text, symbology, PNG_SCALE));
}

function optionsOf(text: string, symbology: Symbology, scale: number) {
  if (symbology === 'code128' && !/^[\x20-\x7e]+$/.test(text)) {
    throw new AppError('unprocessable', 'not-in-code-128', `Code 128 cannot hold "${text}": take a QR code`, {
      fields: [{ field: 'query.symbology', message: 'must be qr for what is not plain ASCII' }],
    });
  }
  const quiet = QUIET_WIDTHS[symbology];
  const common = { text, scale, paddingwidth: quiet, backgroundcolor: 'FFFFFF' };
  if (symbology === 'qr') return { ...common, bcid: 'qrcode', eclevel: 'M', paddingheight: quiet };
  // A caret begins an escape in it unless nothing is parsed.
  return { ...common, bcid: 'code128', parse: false, height: 12, paddingheight: 1 };
}
