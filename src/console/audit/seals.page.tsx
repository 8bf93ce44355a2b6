import { Link } from '@tanstack/react-router';
import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { usePreferences } from '../app/preferences.ts';
import { Facts } from '../parts/facts.tsx';
import { formatCount, formatSeconds } from '../parts/format.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { Section } from '../parts/section.tsx';
import { AuditPage } from './audit-page.tsx';
import { Findings } from './findings.tsx';
import './audit.css';

/** How often the state of sealing is asked for while the page is open. */
const REFRESH_MS = 5_000;

/** An entry that waits for longer than this has been forgotten: sealing takes about a second. */
const LATE_SECONDS = 60;

/** Checked only when somebody asks for it, and then anew each time. */
const ON_DEMAND = { enabled: false, gcTime: 0, retry: false } as const;

const UNPROVEN = ['keys', 'unsealed', 'sinceAnchor', 'truth'] as const;

/** Up to where the trail is sealed and anchored, whether that holds, and what it does not prove. */
export function SealsPage() {
  const { t } = useTranslation('audit');
  return (
    <AuditPage title={t('seals.title')}>
      <Status />
      <TrailCheck />
      <EvidenceCheck />
      <Section title={t('seals.unproven')}>
        <ul className="audit-list">
          {UNPROVEN.map((what) => (
            <li key={what}>{t(`seals.unprovenOf.${what}`)}</li>
          ))}
        </ul>
      </Section>
    </AuditPage>
  );
}

function Status() {
  const { t } = useTranslation('audit');
  const { language } = usePreferences();
  const query = $api.useQuery('get', '/audit/seal-status', {}, { refetchInterval: REFRESH_MS });
  return (
    <Section title={t('seals.status')}>
      <Loaded query={query}>
        {({ seal, waitingSeconds, anchor }) => (
          <Facts
            facts={[
              [
                t('seals.newest'),
                seal ? (
                  <span key="seal">
                    {t('seals.number', { seq: seal.seq })}, <Moment at={seal.sealedAt} />
                  </span>
                ) : (
                  t('seals.none')
                ),
              ],
              [
                t('seals.upTo'),
                seal && (
                  <Link key="entry" to="/audit/entries/$id" params={{ id: seal.entryId }}>
                    {t('entry', { id: seal.entryId })}
                  </Link>
                ),
              ],
              [
                t('seals.waiting'),
                <Mark key="waiting" tone={waitingSeconds > LATE_SECONDS ? 'bad' : 'good'}>
                  {waitingSeconds === 0
                    ? t('seals.nothingWaits')
                    : t('seals.waits', { time: formatSeconds(waitingSeconds, language) })}
                </Mark>,
              ],
              [
                t('seals.anchor'),
                anchor ? (
                  <span key="anchor">
                    {t('seals.number', { seq: anchor.seq })}, <Moment at={anchor.at} />
                  </span>
                ) : (
                  <Mark key="anchor" tone="warn">
                    {t('seals.noAnchor')}
                  </Mark>
                ),
              ],
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}

function TrailCheck() {
  const { t } = useTranslation('audit');
  const { language } = usePreferences();
  const check = $api.useQuery('get', '/audit/verification', {}, ON_DEMAND);
  const { data } = check;
  return (
    <Section title={t('seals.trail')}>
      <p>{t('seals.trailHelp')}</p>
      <CheckButton isFetching={check.isFetching} onCheck={() => void check.refetch()} />
      <div aria-live="polite">
        <ProblemAlert error={check.error as unknown} />
        {data ? (
          <>
            <Outcome sound={data.sound} good={t('seals.sound')} bad={t('seals.unsound')} />
            <Facts
              facts={[
                [t('seals.entries'), formatCount(data.entries, language)],
                [t('seals.checked'), formatCount(data.sealed, language)],
                [t('seals.tail'), formatCount(data.unsealedTail.count, language)],
                [t('seals.anchors'), formatCount(data.anchors.count, language)],
                [t('seals.sinceAnchor'), formatCount(data.anchors.sealsSince, language)],
              ]}
            />
            <Findings findings={data.findings} omitted={data.findingsOmitted} />
            {data.hints.map((hint) => (
              <p key={hint} className="sub">
                {hint}
              </p>
            ))}
          </>
        ) : null}
      </div>
    </Section>
  );
}

function EvidenceCheck() {
  const { t } = useTranslation('audit');
  const { language } = usePreferences();
  const check = $api.useQuery('get', '/drill-evidence/verification', {}, ON_DEMAND);
  const { data } = check;
  return (
    <Section title={t('seals.evidence')}>
      <p>{t('seals.evidenceHelp')}</p>
      <CheckButton isFetching={check.isFetching} onCheck={() => void check.refetch()} />
      <div aria-live="polite">
        <ProblemAlert error={check.error as unknown} />
        {data ? (
          <>
            <Outcome sound={data.sound} good={t('seals.evidenceSound')} bad={t('seals.evidenceUnsound')} />
            <Facts
              facts={[
                [t('seals.runs'), formatCount(data.runs, language)],
                [t('seals.head'), data.headSha256 && <span className="code">{data.headSha256}</span>],
                [t('seals.trail'), t(data.trail.sound ? 'seals.sound' : 'seals.unsound')],
              ]}
            />
            <Findings findings={data.findings} omitted={data.findingsOmitted} />
          </>
        ) : null}
      </div>
    </Section>
  );
}

interface CheckButtonProps {
  readonly isFetching: boolean;
  readonly onCheck: () => void;
}

function CheckButton({ isFetching, onCheck }: CheckButtonProps) {
  const { t } = useTranslation('audit');
  return (
    <p className="no-print">
      <Button loading={isFetching} onClick={onCheck}>
        {t('seals.check')}
      </Button>
    </p>
  );
}

interface OutcomeProps {
  readonly sound: boolean;
  readonly good: string;
  readonly bad: string;
}

function Outcome({ sound, good, bad }: OutcomeProps) {
  return <Alert className="problem" type={sound ? 'success' : 'error'} showIcon title={sound ? good : bad} />;
}
