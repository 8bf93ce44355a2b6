import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import type { Language } from '../i18n/i18n.ts';
import { formatBytes, formatCount, formatSeconds } from '../parts/format.ts';
import { type SignalUnit, useSignals } from './alert-data.ts';

interface SignalValueProps {
  readonly signal: string;
  readonly value: number;
}

/** A value of a signal in the signal's unit; of a pushed series it is a number. */
export function SignalValue({ signal, value }: SignalValueProps) {
  const { t } = useTranslation('alerts');
  const { language } = usePreferences();
  const unit = useSignals().get(signal)?.unit;
  return <>{valueInWords(value, unit, t, language)}</>;
}

function valueInWords(value: number, unit: SignalUnit | undefined, t: TFunction<'alerts'>, language: Language): string {
  if (unit === 'seconds') return formatSeconds(Math.round(value), language);
  if (unit === 'bytes') return formatBytes(value);
  if (unit === 'yes-no') return value > 0 ? t('unit.yes') : t('unit.no');
  const number = formatCount(Number(value.toFixed(2)), language);
  return unit === undefined || unit === 'count' ? number : t(`unit.${unit}`, { number });
}
