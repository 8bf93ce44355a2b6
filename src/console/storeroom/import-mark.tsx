import { useTranslation } from 'react-i18next';
import { Mark } from '../parts/mark.tsx';
import type { Import } from './words.ts';

/** Something is being done with the file: what is shown of it changes by itself. */
export const isUnderWay = ({ state, progress }: Pick<Import, 'state' | 'progress'>): boolean =>
  state === 'read' || progress !== null;

/** How an import stands: being checked, wrong somewhere, ready, applied, or not done. */
export function ImportMark({ found }: { readonly found: Import }) {
  const { t } = useTranslation('storeroom');
  const { state, progress, errors } = found;
  if (progress) return <Mark tone="busy">{t(`importStep.${progress.step}`)}</Mark>;
  if (state === 'read') return <Mark tone="busy">{t('importStep.checking')}</Mark>;
  if (state === 'applied') return <Mark tone="good">{t('importState.applied')}</Mark>;
  if (state === 'failed') return <Mark tone="bad">{t('importState.failed')}</Mark>;
  return errors > 0 ? (
    <Mark tone="bad">{t('importState.wrong')}</Mark>
  ) : (
    <Mark tone="warn">{t('importState.ready')}</Mark>
  );
}
