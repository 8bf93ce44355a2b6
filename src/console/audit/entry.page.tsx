import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Moment } from '../parts/moment.tsx';
import { Section } from '../parts/section.tsx';
import type { AuditEntry } from './audit-entry.ts';
import { AuditPage } from './audit-page.tsx';
import { type Difference, readDetails } from './entry-diff.ts';
import { SealMark } from './seal-mark.tsx';
import { SubjectLink } from './subject-link.tsx';
import './audit.css';

const route = getRouteApi('/audit/entries/$id');

/** One entry of the trail: what was done, and what it changed. */
export function EntryPage() {
  const { t } = useTranslation('audit');
  const { id } = route.useParams();
  const query = $api.useQuery('get', '/audit-entries/{id}', { params: { path: { id } } });
  return (
    <AuditPage title={query.data ? `${query.data.action} · ${t('entry', { id })}` : t('entry', { id })}>
      <Loaded query={query}>{(entry) => <Entry entry={entry} />}</Loaded>
    </AuditPage>
  );
}

function Entry({ entry }: { readonly entry: AuditEntry }) {
  const { t } = useTranslation('audit');
  const { actor, action, subject, occurredAt, requestId, sealSeq, details } = entry;
  const { differences, facts } = readDetails(details);
  return (
    <>
      <Section title={t('what')}>
        <Facts
          facts={[
            [t('at'), <Moment key="at" at={occurredAt} />],
            [t('actor'), actor.id === null ? t('service') : actor.name],
            [t('action'), <Code key="action" value={action} />],
            [t('subject'), <SubjectLink key="subject" subject={subject} />],
            [t('request'), requestId && <Code key="request" value={requestId} />],
            [t('seal'), <SealMark key="seal" seq={sealSeq} />],
          ]}
        />
        <p className="audit-links no-print">
          <Link to="/audit" search={{ kind: subject.kind, id: subject.id }}>
            {t('sameSubject')}
          </Link>
          {requestId ? (
            <Link to="/audit" search={{ text: requestId }}>
              {t('sameRequest')}
            </Link>
          ) : null}
          {actor.id === null ? null : (
            <Link to="/audit" search={{ actor: actor.id }}>
              {t('sameActor')}
            </Link>
          )}
        </p>
      </Section>
      {differences.length > 0 ? (
        <Section title={t('changed')}>
          <Differences differences={differences} />
        </Section>
      ) : null}
      <Section title={t('details')}>
        {facts.length === 0 ? (
          <p>{t('noDetails')}</p>
        ) : (
          <Facts facts={facts.map(([field, value]) => [field, <Value key={field} value={value} />])} />
        )}
      </Section>
    </>
  );
}

function Differences({ differences }: { readonly differences: readonly Difference[] }) {
  const { t } = useTranslation('audit');
  return (
    <div className="audit-frame">
      <table className="audit-diff">
        <thead>
          <tr>
            <th scope="col">{t('field')}</th>
            <th scope="col">{t('before')}</th>
            <th scope="col">{t('after')}</th>
          </tr>
        </thead>
        <tbody>
          {differences.map(({ field, before, after }) => (
            <tr key={field}>
              <th scope="row">{field}</th>
              <td>
                <del>
                  <Value value={before} />
                </del>
              </td>
              <td>
                <ins>
                  <Value value={after} />
                </ins>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** A value of the details: an instant in the reader's zone, a text as it is, the rest as JSON that can be read. */
function Value({ value }: { readonly value: unknown }) {
  const { t } = useTranslation('audit');
  if (value === null || value === undefined || value === '') return <span className="sub">{t('nothing')}</span>;
  if (typeof value === 'string' && INSTANT.test(value)) return <Moment at={value} />;
  if (typeof value !== 'object') return <Code value={String(value)} />;
  return <pre className="audit-json">{JSON.stringify(value, null, 2)}</pre>;
}

function Code({ value }: { readonly value: string }) {
  return <span className="code">{value}</span>;
}
