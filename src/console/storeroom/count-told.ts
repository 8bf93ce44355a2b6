import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { formatCount } from '../parts/format.ts';
import type { Tone } from '../parts/mark.tsx';
import type { UnitState } from '../spares/words.ts';
import type { CountEntry } from './count-queue.ts';

/** What became of a scan, in words. */
export interface Told {
  readonly tone: Tone;
  readonly word: string;
  readonly text: string;
}

const VERDICT_TONES = {
  counted: 'good',
  again: 'warn',
  elsewhere: 'warn',
  'not-in-stock': 'bad',
  unknown: 'bad',
} as const;

/** How a scanned thing is called. */
export const nameOf = ({ scan, name, thing }: CountEntry): string =>
  thing?.serial
    ? `${thing.serial} · ${thing.partNumber}`
    : thing?.kind === 'stock'
      ? (thing.partNumber ?? scan)
      : (name ?? scan);

/** Says of an entry what became of it. */
export function useTold(): (entry: CountEntry) => Told {
  const { t } = useTranslation('storeroom');
  const unit = useTranslation('spares').t;
  const { language } = usePreferences();
  return (entry) => {
    const { state, place, why = '', isAbsent, thing } = entry;
    const name = nameOf(entry);
    if (state === 'waiting') return { tone: 'busy', word: t('told.waiting'), text: t('told.kept', { name, place }) };
    if (state === 'asks') return { tone: 'warn', word: t('told.asks'), text: t('told.howMany', { name, place }) };
    if (state === 'refused' || !thing) return { tone: 'bad', word: t('told.refused'), text: `${name}: ${why}` };
    if (isAbsent) return { tone: 'warn', word: t('told.absent'), text: t('told.notThere', { name }) };
    const { verdict, counted, before, registered } = thing;
    const pieces = formatCount(counted, language);
    const word = t(`verdict.${verdict}`);
    const tone = VERDICT_TONES[verdict];
    const text = (() => {
      switch (verdict) {
        case 'unknown':
          return t('told.unknown', { name, place });
        case 'elsewhere':
          return t('told.elsewhere', { name, register: registered?.locationCode ?? '–', place });
        case 'not-in-stock':
          return t('told.notInStock', { name, state: unit(`unitState.${registered?.state as UnitState}`) });
        case 'again':
          return thing.kind === 'stock'
            ? t('told.corrected', { name, pieces, place, before: formatCount(before?.counted ?? 0, language) })
            : t('told.again', { name, before: before?.locationCode ?? '–', place });
        case 'counted':
          return thing.kind === 'stock' ? t('told.pieces', { name, pieces, place }) : t('told.unit', { name, place });
      }
    })();
    return { tone, word, text };
  };
}
