import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api, API_ROOT } from '../api/client.ts';
import { Facts } from '../parts/facts.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { Section } from '../parts/section.tsx';
import type { RunDetail } from './drill-data.ts';

/** The signed evidence of a run: to take along, and to check where it lies. */
export function RunEvidence({ run: { id, evidence } }: { readonly run: RunDetail }) {
  const { t } = useTranslation('drills');
  const check = $api.useQuery(
    'get',
    '/drill-runs/{id}/evidence-verification',
    { params: { path: { id } } },
    // Only when somebody asks for it, and then anew each time.
    { enabled: false, gcTime: 0 },
  );
  return (
    <Section title={t('evidence.title')}>
      {evidence === null ? (
        <p>{t('evidence.none')}</p>
      ) : (
        <>
          <p>{t('evidence.help')}</p>
          <Facts
            facts={[
              [
                t('evidence.sha'),
                <span key="sha" className="code">
                  {evidence.sha256}
                </span>,
              ],
              [
                t('evidence.key'),
                <span key="key" className="code">
                  {evidence.keyId}
                </span>,
              ],
            ]}
          />
          <div className="drill-buttons no-print">
            <Button href={`${API_ROOT}/drill-runs/${id}/bundle`} download>
              {t('evidence.download')}
            </Button>
            <Button loading={check.isFetching} onClick={() => void check.refetch()}>
              {t('evidence.check')}
            </Button>
          </div>
          <div aria-live="polite">
            <ProblemAlert error={check.error as unknown} />
            {check.data ? <Checked check={check.data} /> : null}
          </div>
        </>
      )}
    </Section>
  );
}

interface CheckedProps {
  readonly check: { readonly sound: boolean; readonly findings: readonly { readonly message: string }[] };
}

function Checked({ check: { sound, findings } }: CheckedProps) {
  const { t } = useTranslation('drills');
  if (sound) return <Alert type="success" showIcon title={t('evidence.sound')} />;
  return (
    <Alert
      type="error"
      showIcon
      title={t('evidence.unsound')}
      description={findings.map(({ message }) => <p key={message}>{message}</p>)}
    />
  );
}
