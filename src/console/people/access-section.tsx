import { App, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { usePreferences } from '../app/preferences.ts';
import { ConfirmedButton } from '../parts/confirmed-button.tsx';
import { formatMoment } from '../parts/format.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { SecretOnce } from '../parts/secret-once.tsx';
import { Section } from '../parts/section.tsx';
import './people.css';

/** Lets a person in by a link, and shuts them out. */
export function AccessSection({ id, name }: { readonly id: string; readonly name: string }) {
  const { t } = useTranslation('people');
  const { language } = usePreferences();
  const { message } = App.useApp();
  const [link, setLink] = useState<{ readonly path: string; readonly expiresAt: string }>();
  const path = { id };
  const make = useWrite((_input: undefined, header) =>
    api.POST('/persons/{id}/sign-in-links', { params: { path, header } }),
  );
  const withdraw = useWrite((_input: undefined, header) =>
    api.DELETE('/persons/{id}/password', { params: { path, header } }),
  );
  const end = useWrite((_input: undefined, header) =>
    api.DELETE('/persons/{id}/sessions', { params: { path, header } }),
  );
  const run = (write: typeof end) =>
    write.write(undefined).then(
      () => void message.success(t('access.done')),
      () => undefined,
    );
  return (
    <Section title={t('access.title')}>
      <ProblemAlert error={make.problem ?? withdraw.problem ?? end.problem} />
      {link ? (
        <SecretOnce
          title={t('access.linkOnce', { name, until: formatMoment(link.expiresAt, language) })}
          secret={`${location.origin}${link.path}`}
          onDone={() => setLink(undefined)}
        />
      ) : null}
      <p>{t('access.linkText')}</p>
      <div className="person-actions">
        <Button loading={make.isPending} onClick={() => void make.write(undefined).then(setLink, () => undefined)}>
          {t('access.link')}
        </Button>
        <ConfirmedButton
          danger
          label={t('access.withdraw')}
          ask={t('access.withdrawAsk')}
          loading={withdraw.isPending}
          onConfirm={() => run(withdraw)}
        />
        <ConfirmedButton
          danger
          label={t('access.end')}
          ask={t('access.endAsk')}
          loading={end.isPending}
          onConfirm={() => run(end)}
        />
      </div>
    </Section>
  );
}
