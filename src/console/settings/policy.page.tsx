import { Link } from '@tanstack/react-router';
import { Alert, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { useCan } from '../app/session.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Moment } from '../parts/moment.tsx';
import { Section } from '../parts/section.tsx';
import { NoteDialog } from './note-dialog.tsx';
import type { Policy } from './policy-data.ts';
import { PolicyTables } from './policy-tables.tsx';
import { Proposals } from './proposals.tsx';
import { SettingsPage } from './settings-page.tsx';
import './settings.css';

/** Versions that are listed; older ones are a number in the address away. */
const VERSIONS = 20;

/** What is promised now, what was, and what is proposed. */
export function PolicyPage() {
  const { t } = useTranslation('settings');
  const query = $api.useQuery('get', '/sla-policy', {});
  return (
    <SettingsPage title={t('policy.title')}>
      <Loaded query={query}>
        {(policy) => (
          <>
            {policy.origin === 'example' ? <Example policy={policy} /> : null}
            <p>{t('policy.inForce', { version: policy.version })}</p>
            <PolicyTables policy={policy} />
          </>
        )}
      </Loaded>
      <Proposals />
      <Versions />
    </SettingsPage>
  );
}

function Example({ policy: { version } }: { readonly policy: Policy }) {
  const { t } = useTranslation('settings');
  const can = useCan();
  const [isOpen, setOpen] = useState(false);
  const confirm = useWrite((note: string, header) =>
    api.POST('/sla-policy/confirm', { params: { header: { ...header, ...ifMatch(version) } }, body: { note } }),
  );
  return (
    <>
      <Alert
        className="problem"
        type="warning"
        showIcon
        title={t('policy.example')}
        action={can('sla.write') ? <Button onClick={() => setOpen(true)}>{t('policy.confirm')}</Button> : null}
      />
      {isOpen ? (
        <NoteDialog
          title={t('policy.confirm')}
          help={t('policy.confirmHelp')}
          write={confirm}
          onClose={() => setOpen(false)}
        />
      ) : null}
    </>
  );
}

function Versions() {
  const { t } = useTranslation('settings');
  const query = $api.useQuery('get', '/sla-policy/versions', { params: { query: { limit: VERSIONS } } });
  return (
    <Section title={t('policy.versions')}>
      <Loaded query={query}>
        {({ items }) => (
          <ul className="settings-slots">
            {items.map(({ version, createdAt, confirmedBy, note }) => (
              <li key={version}>
                <Link to="/settings/sla-policy/$version" params={{ version: String(version) }}>
                  {t('policy.version', { version })}
                </Link>
                <div className="sub">
                  <Moment at={createdAt} /> {confirmedBy?.name} {note}
                </div>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Section>
  );
}
