import { deliveryOf } from '../composition/dependencies.ts';
import { AppError } from '../kernel/errors.ts';
import type { Channel } from '../notices/channels/channel.ts';
import { sendTest } from '../notices/channels/test-message.service.ts';
import { type CommandContext, EXIT } from './command.ts';
import { commandCaller } from './command-caller.ts';
import { channelNamed } from './named.ts';
import { withRuntime } from './with-runtime.ts';

/** As commander hands them over. */
export interface ChannelTestOptions {
  readonly address?: string;
}

/** Sends a real message by a channel, once. @returns 1 when it did not arrive. */
export async function testChannel(
  context: CommandContext,
  name: string,
  { address }: ChannelTestOptions,
): Promise<number> {
  const tested = await withRuntime(context, { writes: true }, async (runtime) => {
    const channel = await channelNamed(runtime.db, name);
    requireAddressOf(channel, address);
    const { deliveryId, result } = await sendTest(commandCaller(), deliveryOf(runtime), channel.id, address);
    const { outcome, status, detail } = result;
    return { ...{ channel: channel.name, destination: channel.destination }, deliveryId, outcome, status, detail };
  });
  context.output.answer(tested, ({ channel, destination, outcome, detail }) => [
    `${channel}: ${outcome === 'delivered' ? 'arrived' : outcome} at ${destination}: ${detail}`,
  ]);
  return tested.outcome === 'delivered' ? EXIT.ok : EXIT.failed;
}

function requireAddressOf({ name, email }: Channel, address: string | undefined): void {
  if ((email !== null) === (address !== undefined)) return;
  const message =
    email === null ? '--address is for channels of e-mail' : `Say where the mail of ${name} goes: --address`;
  throw new AppError('usage', 'bad-options', message);
}
