import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { Loaded } from '../parts/loaded.tsx';
import { SEVERITIES, STAGES } from './incident-data.ts';
import { Span } from './marks.tsx';

interface Period {
  readonly from: string;
  readonly until: string;
  readonly zone: string;
}

/** How long the incidents of a period were in each stage, by severity. */
export function StageAttainment({ period }: { readonly period: Period }) {
  const { t } = useTranslation('incidents');
  const { from, until, zone } = period;
  const query = $api.useQuery('get', '/incident-stage-attainment', {
    params: { query: { from, until, zone, by: 'severity' } },
  });
  return (
    <Loaded query={query}>
      {({ rows }) => (
        <div className="account-frame">
          <table className="account-table">
            <thead>
              <tr>
                <th scope="col">{t('field.stage')}</th>
                <th scope="col">{t('field.severity')}</th>
                <th scope="col">{t('attainment.left')}</th>
                <th scope="col">{t('attainment.inIt')}</th>
                <th scope="col">{t('attainment.p50')}</th>
                <th scope="col">{t('attainment.p90')}</th>
              </tr>
            </thead>
            <tbody>
              {rows
                .toSorted(
                  (one, other) =>
                    STAGES.indexOf(one.stage) - STAGES.indexOf(other.stage) ||
                    SEVERITIES.indexOf(one.severity ?? 'general') - SEVERITIES.indexOf(other.severity ?? 'general'),
                )
                .map(({ stage, severity, left, inIt, p50Seconds, p90Seconds }) => (
                  <tr key={`${stage} ${severity}`}>
                    <th scope="row">{t(`stage.${stage}`)}</th>
                    <td>{severity ? t(`severity.${severity}`) : null}</td>
                    <td>{left}</td>
                    <td>{inIt}</td>
                    <td>{p50Seconds === null ? '–' : <Span seconds={p50Seconds} />}</td>
                    <td>{p90Seconds === null ? '–' : <Span seconds={p90Seconds} />}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        </div>
      )}
    </Loaded>
  );
}
