import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { COMMANDS, STANDALONE_COMMANDS } from '../../src/cli/commands.ts';

/** Every command that does something, by its whole name. */
function leaves(command: Command, path: readonly string[] = []): (readonly [string, Command])[] {
  const below = command.commands.filter((child) => child.name() !== 'help');
  if (below.length === 0) return [[path.join(' '), command]];
  return below.flatMap((child) => leaves(child, [...path, child.name()]));
}

const program = new Command('muster');
for (const load of Object.values({ ...COMMANDS, ...STANDALONE_COMMANDS })) (await load())(program, async () => {});
const all = leaves(program);

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

/** One runs until it is stopped, and one answers a CSV file. */
const WITHOUT_ANSWER = ['serve', 'export'];

describe('the help', () => {
  it('covers every command of the first release', () => {
    expect(all.map(([name]) => name).toSorted()).toEqual([
      'alert acknowledge',
      'alert list',
      'alert show',
      'alert silence',
      'audit acknowledge-rewind',
      'audit verify',
      'backup check',
      'backup ping-url',
      'backup points',
      'backup retention',
      'backup sets',
      'backup take',
      'channel list',
      'channel test',
      'doctor',
      'drill discard',
      'drill history',
      'drill list',
      'drill report',
      'drill run',
      'drill schema',
      'evidence verify',
      'expiring',
      'export',
      'import',
      'incident list',
      'incident open',
      'incident show',
      'key export',
      'key show',
      'licence checkout',
      'licence list',
      'licence position',
      'manifest create',
      'manifest sign',
      'manifest verify',
      'migrate',
      'restore',
      'samples remove',
      'schedule list',
      'schedule pause',
      'schedule resume',
      'schedule run',
      'serve',
      'spare checkout',
      'spare deploy',
      'spare list',
      'spare return',
      'spare scan',
      'stock verify',
      'stocktake close',
      'stocktake count',
      'stocktake list',
      'stocktake open',
      'stocktake show',
      'token create',
      'token list',
      'token revoke',
      'token sign-in-link',
      'verify',
      'worker',
    ]);
  });

  it.each(all)('of muster %s says what it does, its exit statuses and an example', (name, command) => {
    const help = helpOf(command);
    expect(command.description()).toMatch(/^\S.{10,}/);
    expect(help).toMatch(/Exit status: 0 /);
    expect(help).toContain(`muster ${name}`);
    expect(help).toMatch(/\nExample: .*muster /);
    if (!WITHOUT_ANSWER.includes(name)) expect(help).toContain('--json');
  });
});
