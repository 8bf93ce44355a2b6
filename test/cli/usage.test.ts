import { readdir } from 'node:fs/promises';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { runCli } from '../../src/cli/run-cli.ts';
import { type Installation, useInstallations } from '../system/installation.ts';
import { begin } from './cli.ts';

const newInstallation = useInstallations();
let installation: Installation;

beforeAll(async () => {
  installation = await newInstallation();
});

/** A command line in this process: none of these gets as far as opening anything. */
async function runHere(line: string): Promise<{ status: number; stdout: string; stderr: string }> {
  vi.stubEnv('MUSTER_DATA', installation.data);
  const written = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      written[stream] += String(text);
      return true;
    });
  }
  const status = await runCli(line.split(' ').filter(Boolean));
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  return { status, ...written };
}

describe('wrong usage', () => {
  it.each([
    ['', /Usage: muster/],
    ['frobnicate', /unknown command 'frobnicate'/],
    ['token', /Usage: muster token/],
    ['token rewoke x', /unknown command 'rewoke'[\s\S]*Did you mean revoke\?/],
    ['token list --frob', /unknown option '--frob'/],
    ['token create', /required option '--for <name>'/],
    ['token create --for x --expires-in-days 0', /whole number from 1 to 36500/],
    ['token create --for x --expires-in-days 1e3', /whole number from 1 to 36500/],
    ['token create --for x --role viewer', /belong to --new-service-account/],
    ['token create --for x --new-service-account --role viewer', /needs --purpose/],
    ['token revoke 42', /It must be an id/],
    ['token sign-in-link --url ftp://x', /is no http or https address/],
    ['audit acknowledge-rewind', /required option '--reason <text>'/],
    ['key export --to x', /--recipient age1\.\.\. or --passphrase-file FILE/],
    ['key export --to x --recipient age1x --passphrase-file y', /not both/],
    ['key export --to x --passphrase-file /nowhere', /--passphrase-file: there is no file \/nowhere/],
    ['drill run', /missing required argument 'name'/],
    ['drill run muster-database --set region=x', /There is no parameter named region \(there is none yet\)/],
    ['drill run muster-database --set region', /--set takes name=value, not region/],
    ['drill run muster-database --participant lead', /--participant takes role=person, not lead/],
    ['drill run muster-database --participant lead=Lin', /There is no role named lead \(there is none yet\)/],
    ['drill run muster-databse', /There is no drill named muster-databse, did you mean muster-database\?/],
    ['drill report x', /It must be an id/],
    ['drill report 01a2040b-b46e-71c8-ab73-e1ff8a5a2e60 --format pdf', /Allowed choices are html, json/],
    ['schedule run', /missing required argument 'name'/],
    ['alert show x', /It must be an id/],
    ['alert acknowledge 01a2040b-b46e-71c8-ab73-e1ff8a5a2e60', /required option '--by <name>'/],
    ['alert silence --by x --for 0 --reason y --key z', /whole number from 1 to 129600/],
    ['alert silence --by x --for 9 --reason y', /Say what to silence: --rule, --service or --key/],
    ['channel test', /missing required argument 'name'/],
    ['worker', /required option '--tag <tag>'/],
    ['worker --tag Vault_1', /"Vault_1" is no worker tag/],
    ['manifest create', /missing required argument 'path'/],
    ['manifest create /nowhere', /There is no file or directory \/nowhere/],
    ['manifest sign x', /required option '--key <file>'/],
    ['manifest verify /nowhere/x', /There is no directory \/nowhere/],
    ['restore', /required option '--from <dir>'/],
  ])('muster %s: exit status 2, a complaint on standard error, and nothing done', async (line, complaint) => {
    const { status, stdout, stderr } = await runHere(line);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(complaint);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(await readdir(installation.root)).toEqual(['run']);
  });

  it('is an object with --json, as every failure is', async () => {
    const { status, stderr } = await runHere('drill run nothing --json');
    expect(status).toBe(2);
    expect(JSON.parse(stderr)).toEqual({ error: 'unknown-drill', message: expect.stringContaining('nothing') });
  });

  it('of the environment names the variable; so says the process itself', async () => {
    const command = begin(installation, ['token', 'list'], { MUSTER_PROT: '7300' });
    const { code, stdout, stderr } = await command.finished;
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^muster: Configuration: MUSTER_PROT is not known/);
  });
});

describe('what needs no installation', () => {
  it('the schema of drill definitions is printed', async () => {
    const { status, stdout } = await runHere('drill schema');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      $schema: expect.stringContaining('json-schema.org'),
      properties: { kind: {} },
    });
  });

  it('help is no failure', async () => {
    const { status, stdout } = await runHere('restore --help');
    expect([status, stdout]).toEqual([0, expect.stringContaining('Exit status: 0 restored')]);
  });
});
