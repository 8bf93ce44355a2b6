import { expect, test } from 'vitest';
import { driverSettings } from '../../src/database/connection.ts';

const SETTINGS = { host: 'db.example.com', hostAddress: '192.0.2.7', port: 5432, database: 'orders', user: 'backup' };

test('a connection to an address that was judged asks for the certificate of the name', () => {
  const of = (ssl: Parameters<typeof driverSettings>[0]['ssl'], more: object = {}) =>
    driverSettings({ ...SETTINGS, ssl, ...more }, 'test');
  expect(of(true)).toMatchObject({ host: '192.0.2.7', ssl: { servername: 'db.example.com' } });
  expect(of({ rejectUnauthorized: false })).toMatchObject({
    ssl: { servername: 'db.example.com', rejectUnauthorized: false },
  });
  expect(of(false)).toMatchObject({ host: '192.0.2.7', ssl: false });
  expect(of(true, { hostAddress: undefined })).toMatchObject({ host: 'db.example.com', ssl: true });
  expect(of(true, { host: '192.0.2.7' })).toMatchObject({ host: '192.0.2.7', ssl: true });
});
