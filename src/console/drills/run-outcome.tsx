import { Alert, Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { Facts } from '../parts/facts.tsx';
import { formatSeconds } from '../parts/format.ts';
import { Mark } from '../parts/mark.tsx';
import { Section } from '../parts/section.tsx';
import { RESULT_TONES, type RunDetail, STATUS_TONES, VERDICT_TONES } from './drill-data.ts';

type Target = RunDetail['targets'][number];

/** What came of a run: both verdicts with their reasons, and each target met, missed or not measured. */
export function RunOutcome({ run }: { readonly run: RunDetail }) {
  const { t } = useTranslation('drills');
  const { language } = usePreferences();
  const { status, statusReason, procedure, availability, technicalRtaSeconds, cleanup, cleanupReason } = run;
  return (
    <Section title={t('outcomes.title')}>
      <Facts
        facts={[
          [
            t('run.status'),
            <>
              <Mark tone={STATUS_TONES[status]}>{t(`status.${status}`)}</Mark> {statusReason}
            </>,
          ],
          [
            t('run.procedure'),
            <>
              <Mark tone={VERDICT_TONES[procedure.outcome]}>{t(`verdict.${procedure.outcome}`)}</Mark>{' '}
              {procedure.reason}
            </>,
          ],
          [
            t('run.availability'),
            <>
              <Mark tone={VERDICT_TONES[availability.outcome]}>{t(`verdict.${availability.outcome}`)}</Mark>{' '}
              {availability.reason}
            </>,
          ],
          [t('run.took'), technicalRtaSeconds === null ? null : formatSeconds(technicalRtaSeconds, language)],
          [t('outcomes.cleanup'), [t(`cleanup.${cleanup}`), cleanupReason].filter(Boolean).join(': ')],
        ]}
      />
      {run.exampleTargets ? <Alert type="warning" showIcon title={t('outcomes.example')} /> : null}
      {run.targets.length > 0 ? <Targets run={run} /> : null}
    </Section>
  );
}

function Targets({ run }: { readonly run: RunDetail }) {
  const { t } = useTranslation('drills');
  const { language } = usePreferences();
  const time = (seconds: number | null) => (seconds === null ? '' : formatSeconds(seconds, language));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by the keyboard
    <section className="drill-targets" aria-label={t('outcomes.targets')} tabIndex={0}>
      <Table<Target>
        size="small"
        pagination={false}
        rowKey={({ target }) => target}
        dataSource={run.targets}
        columns={[
          {
            title: t('outcomes.target'),
            key: 'target',
            render: (_, { target, required }) => (
              <>
                {t(`target.${target}`)} {required ? `(${t('outcomes.required')})` : null}
              </>
            ),
          },
          { title: t('outcomes.promised'), key: 'promised', render: (_, one) => time(one.targetSeconds) },
          { title: t('outcomes.measured'), key: 'measured', render: (_, one) => time(one.actualSeconds) },
          {
            title: t('outcomes.result'),
            key: 'result',
            render: (_, { result }) => <Mark tone={RESULT_TONES[result]}>{t(`result.${result}`)}</Mark>,
          },
          { title: t('outcomes.note'), dataIndex: 'note' },
        ]}
      />
    </section>
  );
}
