import { useTranslation } from 'react-i18next';
import { Mark, type Tone } from '../parts/mark.tsx';
import { useLevelNames } from './alert-data.ts';

/** A level by its number and the name that it was given. */
export function LevelMark({ level, isOpen = true }: { readonly level: number; readonly isOpen?: boolean }) {
  const { t } = useTranslation('alerts');
  const name = useLevelNames()[level - 1];
  return (
    <Mark tone={isOpen ? toneOf(level) : 'quiet'}>
      {name ? t('levelNamed', { level, name }) : t('level', { level })}
    </Mark>
  );
}

const toneOf = (level: number): Tone => (level >= 3 ? 'bad' : 'warn');
