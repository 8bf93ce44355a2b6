import { describe, expect, test } from 'vitest';
import { describeConfig, readConfig } from '../../src/config.ts';

const read = (environment: Record<string, string>) => readConfig(environment, '/srv/muster');

describe('the configuration', () => {
  test('has a default for everything', () => {
    expect(read({})).toMatchObject({
      dataDirectory: '/srv/muster/data',
      backupDirectory: '/srv/muster/data/backups',
      host: '127.0.0.1',
      port: 7300,
      database: undefined,
      zone: 'UTC',
      trustedProxies: 0,
    });
  });

  test.each([
    [{ MUSTER_PORT: 'ninety' }, 'MUSTER_PORT must be a whole number from 0 to 65535'],
    [{ MUSTER_PORT: '70000' }, 'MUSTER_PORT must be a whole number from 0 to 65535'],
    [{ MUSTER_ZONE: 'Mars/Olympus' }, 'MUSTER_ZONE is no IANA time zone'],
    [{ MUSTER_ZONE: '+02:00' }, 'MUSTER_ZONE is no IANA time zone'],
    [{ MUSTER_TRUSTED_PROXIES: '-1' }, 'MUSTER_TRUSTED_PROXIES must be a whole number from 0 to 10'],
    [{ MUSTER_PROT: '7300' }, 'MUSTER_PROT is not known'],
    [{ MUSTER_LOG_LEVEL: 'loud' }, 'MUSTER_LOG_LEVEL'],
    [{ MUSTER_SAMPLES: 'yes' }, 'MUSTER_SAMPLES'],
    [{ MUSTER_WORKER_TAGS: 'a b' }, 'MUSTER_WORKER_TAGS'],
    [
      { MUSTER_EGRESS_ALLOW: 'postgresql://db, gopher://x' },
      'MUSTER_EGRESS_ALLOW is wrong: The egress rule "gopher://x"',
    ],
    [{ DATABASE_URL: 'mysql://root@db/muster' }, 'DATABASE_URL must begin with postgres://'],
    [{ DATABASE_URL: 'postgres://muster@db:5432' }, 'DATABASE_URL names no database'],
  ])('refuses %j and names the variable', (environment, message) => {
    expect(() => read(environment)).toThrow(message);
  });

  test('never repeats the password of a DATABASE_URL in a message', () => {
    try {
      read({ DATABASE_URL: 'postgres://muster:geheim@db:99999/muster' });
      expect.unreachable();
    } catch (thrown) {
      expect(String(thrown)).toContain('port');
      expect(String(thrown)).not.toContain('geheim');
    }
  });

  test('reads a DATABASE_URL', () => {
    expect(
      read({ DATABASE_URL: 'postgres://muster:p%40ss@db.internal:5433/muster?sslmode=require' }).database,
    ).toMatchObject({
      host: 'db.internal',
      port: 5433,
      database: 'muster',
      user: 'muster',
      password: 'p@ss',
    });
  });

  test('reads lists with commas between, and finds directories from where it was started', () => {
    expect(
      read({ MUSTER_EGRESS_ALLOW: 'postgresql://db.example.com, 10.0.0.0/8:5432', MUSTER_COMMAND_DIR: 'commands' }),
    ).toMatchObject({
      egressAllow: ['postgresql://db.example.com', '10.0.0.0/8:5432'],
      commandDirectory: '/srv/muster/commands',
    });
    expect(read({})).toMatchObject({ egressAllow: [], commandDirectory: undefined });
  });

  test('explains every variable', () => {
    for (const { name, meaning } of describeConfig()) expect(meaning, name).not.toBe('');
  });
});
