import { listChannels } from '../notices/channels/channel.queries.ts';
import { viewOfChannel } from '../notices/channels/channel.views.ts';
import { type CommandContext, EXIT } from './command.ts';
import { table } from './output.ts';
import { withRuntime } from './with-runtime.ts';

/** As commander hands them over. */
export interface ChannelListOptions {
  readonly all?: boolean;
  readonly limit: number;
}

/** Lists notification channels in the order of their names, without their secrets. */
export async function listChannelsHere(
  context: CommandContext,
  { all = false, limit }: ChannelListOptions,
): Promise<number> {
  const found = await withRuntime(context, { writes: false }, ({ db }) =>
    listChannels(db, all ? 'all' : 'active', { limit }),
  );
  context.output.answer(
    found.map(({ channel }) => viewOfChannel(channel)),
    (views) =>
      table(
        ['name', 'kind', 'to', 'owner', 'carries', 'state'],
        views.map((one) => [
          ...[one.name, one.webhook === null ? 'e-mail' : 'webhook', one.destination, one.owner.name],
          ...[carriedInWords(one), stateInWords(one)],
        ]),
        all ? 'no channel' : 'no channel in use',
      ),
  );
  return EXIT.ok;
}

type View = ReturnType<typeof viewOfChannel>;

function carriedInWords({ subscriptions }: View): string {
  if (subscriptions.length === 0) return 'nothing';
  const kinds = subscriptions.map(({ kindPrefix, urgencyMin }) => {
    const kind = kindPrefix === '' ? 'everything' : `${kindPrefix}*`;
    return urgencyMin > 1 ? `${kind} from urgency ${urgencyMin}` : kind;
  });
  return [...new Set(kinds)].join(', ');
}

function stateInWords({ retired, disabled, pausedUntil, failuresInRow }: View): string {
  if (retired !== null) return `retired: ${retired.reason}`;
  if (disabled !== null) return `disabled: ${disabled.reason}`;
  const failures = failuresInRow === 0 ? '' : `, ${failuresInRow} failed in a row`;
  return (pausedUntil === null ? 'in use' : `left in peace until ${pausedUntil}`) + failures;
}
