import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { formatSeconds } from '../parts/format.ts';
import { Mark } from '../parts/mark.tsx';
import { SEVERITY_TONES, type Severity } from './incident-data.ts';

/** How bad an incident is. */
export function SeverityMark({ severity }: { readonly severity: Severity }) {
  const { t } = useTranslation('incidents');
  return <Mark tone={SEVERITY_TONES[severity]}>{t(`severity.${severity}`)}</Mark>;
}

/** A length of time in words. */
export function Span({ seconds }: { readonly seconds: number }) {
  const { language } = usePreferences();
  return <span className="figure">{formatSeconds(seconds < 60 ? Math.floor(seconds) : seconds, language)}</span>;
}

interface DueInProps {
  /** Until the clock runs out, as the server has read it; negative when it has. */
  readonly seconds: number;
  readonly isOverdue: boolean;
}

/** What is left until a clock runs out, or how long it has: a word, a sign and a time. */
export function DueIn({ seconds, isOverdue }: DueInProps) {
  const { t } = useTranslation('incidents');
  const { language } = usePreferences();
  const time = formatSeconds(Math.floor(Math.abs(seconds)), language);
  if (isOverdue) return <Mark tone="bad">{t('due.overdue', { time })}</Mark>;
  return <Mark tone={seconds < SOON_SECONDS ? 'warn' : 'busy'}>{t('due.in', { time })}</Mark>;
}

/** From here on it is told as pressing. */
const SOON_SECONDS = 900;
