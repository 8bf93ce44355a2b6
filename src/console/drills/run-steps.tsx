import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { formatSeconds } from '../parts/format.ts';
import { Mark, type Tone } from '../parts/mark.tsx';
import { Section } from '../parts/section.tsx';
import type { RunDetail } from './drill-data.ts';

type Step = RunDetail['steps'][number];

const TONES: Record<Step['outcome'], Tone> = {
  running: 'busy',
  done: 'good',
  failed: 'bad',
  retried: 'warn',
  continued: 'warn',
  interrupted: 'warn',
};

/** Every try of every step that has begun, with what it did or why it failed. */
export function RunSteps({ run: { steps } }: { readonly run: RunDetail }) {
  const { t } = useTranslation('drills');
  const { language } = usePreferences();
  if (steps.length === 0) return null;
  return (
    <Section title={t('live.steps')}>
      <ol className="drill-steps">
        {steps.map(({ position, step, attempt, outcome, seconds, detail }) => (
          <li key={`${position} ${attempt}`}>
            <strong>{step}</strong>{' '}
            {attempt > 1 ? <span className="drill-soft">{t('live.attempt', { attempt })}</span> : null}{' '}
            <Mark tone={TONES[outcome]}>{t(`outcome.${outcome}`)}</Mark>{' '}
            {seconds === null ? null : formatSeconds(seconds, language)}
            {detail ? <div className="drill-soft">{detail}</div> : null}
          </li>
        ))}
      </ol>
    </Section>
  );
}
