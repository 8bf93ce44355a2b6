import { Link } from '@tanstack/react-router';
import { Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { usePreferences } from '../app/preferences.ts';
import { Facts } from '../parts/facts.tsx';
import { formatCount, formatSeconds } from '../parts/format.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { Section } from '../parts/section.tsx';
import { useReachableTable } from '../parts/use-reachable-table.ts';

const TONES = { passed: 'good', failed: 'bad', 'not assessed': 'quiet' } as const;
const RUNS_SHOWN = 10;

/** How long the recovery of a service took in the last full runs of all its drills, against what was promised then. */
export function RecoveryHistory({ id }: { readonly id: string }) {
  const { t } = useTranslation('services');
  const { language } = usePreferences();
  const query = $api.useQuery('get', '/services/{id}/drill-history', {
    params: { path: { id }, query: { last: RUNS_SHOWN } },
  });
  const around = useReachableTable();
  const time = (seconds: number | null) => (seconds === null ? '–' : formatSeconds(seconds, language));
  return (
    <Section title={t('history.title')}>
      <Loaded query={query}>
        {({ runs, passed, failed, technicalRta, series }) =>
          runs === 0 ? (
            <p>{t('history.none')}</p>
          ) : (
            <>
              <Facts
                facts={[
                  [t('history.runs'), formatCount(runs, language)],
                  [t('history.passed'), t('history.passedOf', { passed, judged: passed + failed })],
                  [t('history.median'), time(technicalRta.p50Seconds)],
                  [t('history.longest'), time(technicalRta.maxSeconds)],
                ]}
              />
              <section className="keyed-table" aria-label={t('history.runs')} ref={around}>
                <Table
                  size="small"
                  pagination={false}
                  scroll={{ x: 'max-content' }}
                  rowKey={(run) => run.id}
                  dataSource={series}
                  columns={[
                    {
                      title: t('history.when'),
                      key: 'when',
                      render: (_, run) => (
                        <Link to="/drills/runs/$id" params={{ id: run.id }}>
                          <Moment at={run.triggeredAt} />
                        </Link>
                      ),
                    },
                    {
                      title: t('history.drill'),
                      key: 'drill',
                      render: (_, run) => <span className="code">{run.drill}</span>,
                    },
                    {
                      title: t('history.procedure'),
                      key: 'procedure',
                      render: (_, { procedure }) => (
                        <Mark tone={TONES[procedure]}>{t(`history.verdict.${procedure}`)}</Mark>
                      ),
                    },
                    {
                      title: t('history.rta'),
                      key: 'rta',
                      align: 'right',
                      render: (_, run) => time(run.technicalRtaSeconds),
                    },
                    {
                      title: t('history.target'),
                      key: 'target',
                      align: 'right',
                      render: (_, run) => time(run.recoverTargetSeconds),
                    },
                  ]}
                />
              </section>
            </>
          )
        }
      </Loaded>
    </Section>
  );
}
