import { useTranslation } from 'react-i18next';
import { Mark } from '../parts/mark.tsx';
import { type Readiness, TONE_OF_CONCLUSION } from './readiness.ts';

/** Whether a service could be recovered now, in words with a sign. */
export function ConclusionMark({ conclusion }: Pick<Readiness, 'conclusion'>) {
  const { t } = useTranslation('readiness');
  return <Mark tone={TONE_OF_CONCLUSION[conclusion]}>{t(`conclusion.${conclusion}`)}</Mark>;
}
