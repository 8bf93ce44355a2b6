import { getRouteApi, Link } from '@tanstack/react-router';
import { Alert, Button, Switch } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { v4 as uuid } from 'uuid';
import { useCan } from '../app/session.ts';
import { ScanField } from '../parts/scan-field.tsx';
import { Told } from '../parts/told.tsx';
import { CountFile } from './count-file.tsx';
import { PlaceList, PlacePicker } from './count-places.tsx';
import { CountQuantity } from './count-quantity.tsx';
import { added, type CountOne, dropped, unsent } from './count-queue.ts';
import { CountRecords } from './count-records.tsx';
import { CountScans } from './count-scans.tsx';
import { hasSound, setSound, signal } from './count-signal.ts';
import { type Told as ToldWords, useTold } from './count-told.ts';
import { SheetList } from './sheet-list.tsx';
import { useCountQueue } from './use-count-queue.ts';
import { usePlaces } from './use-places.ts';
import type { Stocktake } from './words.ts';

const route = getRouteApi('/storeroom/stocktakes/$id');

/** Counting: a location by scan, then what lies there, scan by scan. */
export function CountDesk({ stocktake }: { readonly stocktake: Stocktake }) {
  const { t } = useTranslation('storeroom');
  const handle = useCountQueue(stocktake);
  const places = usePlaces(stocktake.id);
  const words = useTold();
  const [shown, setShown] = useState<{ readonly told: ToldWords; readonly number: number }>();
  const [hasKeyboard, setKeyboard] = useState(true);
  const { queue, change, trouble, answered } = handle;
  const { place } = queue;
  const show = (told: ToldWords) => {
    signal(told.tone);
    setShown((last) => ({ told, number: (last?.number ?? 0) + 1 }));
  };
  const latestShow = useRef(show);
  latestShow.current = show;
  // What needs a look is not covered by the next good scan of the same answer.
  // biome-ignore lint/correctness/useExhaustiveDependencies: told once for each answer
  useEffect(() => {
    const worst = answered.map(words).findLast(({ tone }) => tone !== 'good') ?? answered.map(words).at(-1);
    if (worst) latestShow.current(worst);
  }, [answered]);

  const count: CountOne = (one) => {
    const entry = { ...one, id: uuid(), scannedAt: Date.now() };
    change((before) => added(before, entry));
    show(words(entry));
  };
  const goTo = (code: string) => {
    change((before) => ({ ...before, place: code }));
    show({ tone: 'good', word: t('told.place'), text: code });
  };
  const onCode = async (code: string) => {
    const known = places.find((one) => one.code.toLowerCase() === code.toLowerCase());
    if (known) return goTo(known.code);
    const now = handle.now().place;
    if (now === undefined) return show({ tone: 'bad', word: t('told.refused'), text: t('told.noPlace', { code }) });
    return count({ scan: code, place: now, state: 'waiting' });
  };
  const asking = queue.entries.find(({ state }) => state === 'asks');
  return (
    <>
      <PlacePicker places={places} value={place} onChoose={goTo} />
      <ScanField hint={t(place ? 'count.scan' : 'count.scanPlace')} hasKeyboard={hasKeyboard} onCode={onCode} />
      <Told
        label={t('count.last')}
        told={shown && { ...shown.told, number: shown.number }}
        empty={t(place ? 'count.scan' : 'count.scanPlace')}
      />
      {asking ? (
        <CountQuantity
          key={asking.id}
          entry={asking}
          onCount={(quantity) => {
            change((before) => dropped(before, asking.id));
            count({ ...asking, quantity, state: 'waiting' });
          }}
          onCode={onCode}
          onDrop={() => change((before) => dropped(before, asking.id))}
        />
      ) : null}
      {trouble ? (
        <Alert
          type="warning"
          showIcon
          role="status"
          title={t('count.trouble', { count: unsent(queue).length })}
          description={trouble.isUnreachable ? null : trouble.message}
        />
      ) : null}
      <CountLists stocktake={stocktake} handle={handle} places={places} count={count} goTo={goTo} />
      <div className="row-actions count-foot">
        <Sound />
        <Button aria-pressed={!hasKeyboard} onClick={() => setKeyboard(!hasKeyboard)}>
          {t(hasKeyboard ? 'count.noKeyboard' : 'count.keyboard')}
        </Button>
        <CountFile stocktakeId={stocktake.id} place={place} />
      </div>
    </>
  );
}

function Sound() {
  const { t } = useTranslation('storeroom');
  const [isOn, setOn] = useState(hasSound);
  return (
    <Switch
      checked={isOn}
      checkedChildren={t('count.sound')}
      unCheckedChildren={t('count.silent')}
      aria-label={t('count.sound')}
      onChange={(next) => {
        setSound(next);
        setOn(next);
      }}
    />
  );
}

interface CountListsProps {
  readonly stocktake: Stocktake;
  readonly handle: ReturnType<typeof useCountQueue>;
  readonly places: ReturnType<typeof usePlaces>;
  readonly count: CountOne;
  readonly goTo: (code: string) => void;
}

/** Below the scanner: what was scanned last, what is left, the places, and who counted what. */
function CountLists({ stocktake, handle, places, count, goTo }: CountListsProps) {
  const { t } = useTranslation('storeroom');
  const can = useCan();
  const { list } = route.useSearch();
  const isAgain = stocktake.state === 'recounting';
  const maySee = !stocktake.isBlind && can('inventory.read');
  const sheet = <SheetList stocktake={stocktake} handle={handle} places={places} count={count} />;
  const tabs = [
    { key: 'scans', label: t('lists.scans'), children: <CountScans handle={handle} count={count} /> },
    ...(isAgain || maySee ? [{ key: 'left', label: t(isAgain ? 'lists.again' : 'lists.left'), children: sheet }] : []),
    {
      key: 'places',
      label: t('lists.places'),
      children: <PlaceList places={places} here={handle.queue.place} onChoose={goTo} />,
    },
    ...(maySee ? [{ key: 'counts', label: t('lists.counts'), children: <CountRecords id={stocktake.id} /> }] : []),
  ] as const;
  const shown = list ?? (isAgain ? 'left' : 'scans');
  return (
    <>
      {/* Links, as four tabs do not fit a phone. */}
      <nav className="choice-links" aria-label={t('lists.title')}>
        {tabs.map(({ key, label }) => (
          <Link
            key={key}
            to="/storeroom/stocktakes/$id"
            params={{ id: stocktake.id }}
            search={{ list: key as NonNullable<typeof list> }}
            replace
            activeProps={{}}
            className={key === shown ? 'chosen' : undefined}
            aria-current={key === shown ? 'page' : undefined}
          >
            {label}
          </Link>
        ))}
      </nav>
      {tabs.find(({ key }) => key === shown)?.children}
    </>
  );
}
