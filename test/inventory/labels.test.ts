import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { beforeAll, describe, expect, test } from 'vitest';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { labelRoutes } from '../../src/inventory/label.routes.ts';
import { useApp } from '../http/support.ts';
import { useDatabase } from '../support/database.ts';
import { makeUnit } from './stock-support.ts';
import { makeLocation, makePart } from './support.ts';

const database = useDatabase();
const server = useApp(database, () => ({ routes: labelRoutes() }));
const API = '/api/v1';
let site: { readonly id: string };
let tagged: { readonly id: string };
let chinese: { readonly id: string };
let plain: { readonly id: string; readonly serial: string };

beforeAll(async () => {
  const wasmBinary = (await readFile(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm')))
    .buffer;
  prepareZXingModule({ overrides: { wasmBinary: wasmBinary as ArrayBuffer } });
  const { db } = database;
  site = await makeLocation(db, { code: 'SITE-1', name: 'Main <site>' });
  const bin = await makeLocation(db, { code: 'BIN^1', parentId: site.id }).catch(() => undefined);
  expect(bin).toBeUndefined();
  const place = await makeLocation(db, { code: 'BIN-1', parentId: site.id });
  const { id: partId } = await makePart(db, 'serial', { name: 'Power supply & fan' });
  tagged = await makeUnit(db, { partId, locationId: place.id, serial: 'SN-1', assetTag: 'A-0001' });
  chinese = await makeUnit(db, { partId, locationId: place.id, serial: 'SN-2', assetTag: '备件-7' });
  plain = await makeUnit(db, { partId, locationId: place.id, serial: 'S/N ^1 "x"' });
});

const get = (path: string) =>
  server
    .request('get', API + path)
    .buffer(true)
    .parse((response, done) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => done(null, Buffer.concat(chunks)));
    });

/** What a scanner reads in a picture. */
async function scanned(path: string): Promise<string> {
  const { status, body } = await get(path);
  expect(status).toBe(200);
  const found = await readBarcodes(new Uint8Array(body), { formats: ['QRCode', 'Code128'] });
  return found.map(({ format, text }) => `${format} ${text}`).join();
}

describe('a code', () => {
  test.each(['qr', 'code128'] as const)(
    'of %s is read by a scanner as the tag, or the serial of what has none',
    async (symbology) => {
      const name = symbology === 'qr' ? 'QRCode' : 'Code128';
      expect(await scanned(`/units/${tagged.id}/label.png?symbology=${symbology}`)).toBe(`${name} A-0001`);
      expect(await scanned(`/units/${plain.id}/label.png?symbology=${symbology}`)).toBe(`${name} ${plain.serial}`);
      expect(await scanned(`/locations/${site.id}/label.png?symbology=${symbology}`)).toBe(`${name} SITE-1`);
    },
  );

  test('holds other scripts as QR, and Code 128 says that it cannot', async () => {
    expect(await scanned(`/units/${chinese.id}/label.png`)).toBe('QRCode 备件-7');
    const { status, body } = await server.request('get', `${API}/units/${chinese.id}/label.png?symbology=code128`);
    expect([status, body.code, body.fields[0].field]).toEqual([422, 'not-in-code-128', 'query.symbology']);
  });
});

describe('a label', () => {
  test('has its true size, the code and the text, escaped', async () => {
    const { headers, body } = await get(`/units/${tagged.id}/label.svg?format=dymo-99012`);
    const text = body.toString();
    expect(headers['content-type']).toBe('image/svg+xml; charset=utf-8');
    expect(text).toMatch(/^<svg [^>]*width="89mm" height="36mm"\s+viewBox="0 0 89 36"/);
    expect(text).toContain('>A-0001</text>');
    expect(text).toContain('Power supply &amp; fan');
    expect((await get(`/locations/${site.id}/label.svg`)).body.toString()).toContain('Main &lt;site&gt;');
  });

  test('of what is not there is a 404', async () => {
    expect((await server.request('get', `${API}/units/${site.id}/label.svg`)).body.code).toBe('nothing-to-label');
  });
});

describe('a sheet', () => {
  test('has the labels of a place where the paper has them, behind those that are used', async () => {
    const html = (await get(`/units/labels.html?locationId=${site.id}&format=avery-l7160&skip=20`)).body.toString();
    expect(html).toContain('@page { size: 210mm 297mm; margin: 0; }');
    // The last of the first sheet, then the first two of the next one.
    expect([...html.matchAll(/left:([\d.]+)mm;top:([\d.]+)mm/g)].map(([, left, top]) => [left, top])).toEqual([
      ['139.280', '243.750'],
      ['7.200', '15.150'],
      ['73.240', '15.150'],
    ]);
    expect(html.match(/class="page"/g)).toHaveLength(2);
    const two = await get(`/locations/labels.html?ids=${site.id}&format=avery-5160`);
    expect(two.body.toString()).toContain('left:4.763mm;top:12.700mm;width:66.675mm;height:25.4mm');
  });

  test('wants to know of what, once', async () => {
    for (const query of ['', `?ids=${site.id}&locationId=${site.id}`]) {
      const { status, body } = await server.request('get', `${API}/units/labels.html${query}`);
      expect([status, body.fields[0].field]).toEqual([400, 'query.ids']);
    }
  });
});
