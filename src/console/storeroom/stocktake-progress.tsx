import { Progress } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { Mark, type Tone } from '../parts/mark.tsx';
import type { Stocktake, StocktakeState } from './words.ts';

const TONES: Record<StocktakeState, Tone> = {
  counting: 'busy',
  recounting: 'warn',
  review: 'warn',
  posted: 'good',
  cancelled: 'quiet',
};

/** How a stocktake stands. */
export function StocktakeMark({
  stocktake: { state, round },
}: {
  readonly stocktake: Pick<Stocktake, 'state' | 'round'>;
}) {
  const { t } = useTranslation('storeroom');
  return (
    <Mark tone={TONES[state]}>
      {state === 'recounting' ? t('stocktakes.round', { round }) : t(`stocktakeState.${state}`)}
    </Mark>
  );
}

export const useProgress = (id: string, isOpen: boolean) =>
  $api.useQuery('get', '/stocktakes/{id}/progress', { params: { path: { id } } }, { enabled: isOpen });

export const isOver = ({ state }: Pick<Stocktake, 'state'>): boolean => state === 'posted' || state === 'cancelled';
export const isCounting = ({ state }: Pick<Stocktake, 'state'>): boolean =>
  state === 'counting' || state === 'recounting';

/** How far a stocktake under way is, as a bar and in words. */
export function StocktakeProgress({ stocktake }: { readonly stocktake: Pick<Stocktake, 'id' | 'state'> }) {
  const { t } = useTranslation('storeroom');
  const { data } = useProgress(stocktake.id, !isOver(stocktake));
  if (isOver(stocktake)) return <>–</>;
  if (!data) return null;
  if (stocktake.state === 'review') {
    const decided = (data.differences ?? 0) - (data.undecided ?? 0);
    return (
      <Bar
        done={decided}
        all={data.differences ?? 0}
        text={t('progress.decided', { decided, all: data.differences })}
      />
    );
  }
  if (stocktake.state === 'recounting') return <>{t('progress.toRecount', { count: data.toRecount })}</>;
  if (data.expected !== null && data.left !== null) {
    const done = data.expected - data.left;
    return <Bar done={done} all={data.expected} text={t('progress.things', { done, all: data.expected })} />;
  }
  const { placesCounted, places } = data;
  return <Bar done={placesCounted} all={places} text={t('progress.places', { done: placesCounted, all: places })} />;
}

function Bar({ done, all, text }: { readonly done: number; readonly all: number; readonly text: string }) {
  return (
    <div className="count-bar">
      <Progress percent={all === 0 ? 100 : Math.floor((done / all) * 100)} size="small" aria-label={text} />
      <span className="sub">{text}</span>
    </div>
  );
}
