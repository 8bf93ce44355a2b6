import { Moment } from '../parts/moment.tsx';

interface SlotListProps {
  readonly slots: readonly { readonly at: string; readonly local: string }[];
}

/** Slots in the reader's zone, and as the clock of the schedule's own zone shows them. */
export function SlotList({ slots }: SlotListProps) {
  return (
    <ol className="settings-slots">
      {slots.map(({ at, local }) => (
        <li key={at}>
          <Moment at={at} /> <span className="sub">{local.replace(/:00([+-])/, ' $1').replace('T', ' ')}</span>
        </li>
      ))}
    </ol>
  );
}
