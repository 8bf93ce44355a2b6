import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { formatSeconds } from '../parts/format.ts';
import type { Reason } from './readiness.ts';

/** The reasons that say all they say by their values: the console has a sentence for each, in every language. */
const SAID_BY_VALUES = [
  'backup-set-retired',
  'no-point',
  'no-sound-point',
  'no-backup-set',
  'rpo-target-exceeded',
  'seat-only-in-reserve',
  'seat-short',
  'seat-unknown',
  'skill-missing',
  'skill-unknown',
  'spare-only-in-reserve',
  'spare-short',
  'spare-unknown',
  'unknown-backup-set',
] as const satisfies readonly Reason['code'][];

type Said = (typeof SAID_BY_VALUES)[number];

const isSaid = (code: Reason['code']): code is Said => (SAID_BY_VALUES as readonly string[]).includes(code);

/** A reason in the reader's language; those whose sentence tells more than their values stay in the server's words. */
export function useReasonSentence(): (reason: Pick<Reason, 'code' | 'message' | 'values'>) => string {
  const { t } = useTranslation('readiness');
  const { language } = usePreferences();
  return ({ code, message, values }) => {
    if (!isSaid(code)) return message;
    const told = Object.entries(values).map(([key, value]) => [
      key,
      typeof value === 'number' && key.endsWith('Seconds') ? formatSeconds(value, language) : value,
    ]);
    return t(`reasonText.${code}`, Object.fromEntries(told));
  };
}
