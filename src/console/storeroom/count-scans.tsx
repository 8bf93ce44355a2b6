import { Button, Popconfirm } from 'antd';
import { useTranslation } from 'react-i18next';
import { Mark } from '../parts/mark.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { type CountEntry, type CountOne, canDrop, dropped } from './count-queue.ts';
import { nameOf, useTold } from './count-told.ts';
import type { CountHandle } from './use-count-queue.ts';

/** As many of the last scans as are shown. */
const SHOWN = 20;

interface CountScansProps {
  readonly handle: CountHandle;
  readonly count: CountOne;
}

/** The last scans of this device with what became of each, and how to put it right. */
export function CountScans({ handle, count }: CountScansProps) {
  const { t } = useTranslation('storeroom');
  const words = useTold();
  const { queue } = handle;
  if (queue.entries.length === 0) return <NothingHere text={t('scans.none')} />;
  return (
    <ul className="plain-list">
      {queue.entries
        .slice(-SHOWN)
        .toReversed()
        .map((entry) => {
          const told = words(entry);
          return (
            <li key={entry.id} className="count-row">
              <span>
                <Mark tone={told.tone}>{told.word}</Mark> <span className="count-text">{told.text}</span>
              </span>
              <PutRight entry={entry} handle={handle} count={count} />
            </li>
          );
        })}
    </ul>
  );
}

/** What was not sent can be taken back; what was taken down is put right by a count that says otherwise: the last one stands. */
function PutRight({ entry, handle, count }: CountScansProps & { readonly entry: CountEntry }) {
  const { t } = useTranslation('storeroom');
  const { queue, change } = handle;
  const { thing, place } = entry;
  const name = nameOf(entry);
  if (canDrop(queue, entry)) {
    return <Button onClick={() => change((before) => dropped(before, entry.id))}>{t('scans.takeBack')}</Button>;
  }
  if (thing?.kind === 'stock' && thing.stockId) {
    const again = { scan: thing.stockId, name, place, quantity: thing.counted, state: 'asks' as const };
    return <Button onClick={() => count(again)}>{t('scans.otherNumber')}</Button>;
  }
  if (thing?.kind === 'unit' && thing.unitId && !entry.isAbsent) {
    const absent = { scan: thing.unitId, name, place, isAbsent: true, state: 'waiting' as const };
    return (
      <Popconfirm
        title={t('scans.absentAsk', { name })}
        okText={t('scans.absent')}
        cancelText={t('cancel')}
        onConfirm={() => count(absent)}
      >
        <Button>{t('scans.absent')}</Button>
      </Popconfirm>
    );
  }
  return null;
}
