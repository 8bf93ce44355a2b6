import type { Command } from 'commander';
import { wholeNumber } from './arguments.ts';
import type { ChannelListOptions } from './channel-list.ts';
import type { ChannelTestOptions } from './channel-test.ts';
import type { RegisterCommand } from './command.ts';

type Run = Parameters<RegisterCommand>[1];

export const registerChannel: RegisterCommand = (program, run) => {
  const channel = program.command('channel').description('notification channels: the ways out for notices');
  registerList(channel, run);
  registerTest(channel, run);
};

function registerList(channel: Command, run: Run): void {
  channel
    .command('list')
    .description('channels with where they lead and how they stand, by name')
    .option('--all', 'retired ones as well')
    .option('--limit <rows>', 'at most so many rows', wholeNumber(1, 200), 50)
    .option('--json', 'answer as JSON')
    .addHelpText('after', '\nExit status: 0 listed; 1 failed; 2 wrong usage.\nExample: muster channel list')
    .action((options: ChannelListOptions) =>
      run(async (context) => (await import('./channel-list.ts')).listChannelsHere(context, options)),
    );
}

function registerTest(channel: Command, run: Run): void {
  channel
    .command('test')
    .description('send a real test message now, once, also by a channel that is disabled')
    .argument('<name>', 'the channel')
    .option('--address <mail>', 'where a test of e-mail goes')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 it arrived; 1 it did not; 2 wrong usage, or the name means nothing.\nExample: muster channel test "Operations room"',
    )
    .action((name: string, options: ChannelTestOptions) =>
      run(async (context) => (await import('./channel-test.ts')).testChannel(context, name, options)),
    );
}
