import { getRouteApi } from '@tanstack/react-router';
import { Button, Form, Input, InputNumber } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { stated } from '../app/search.ts';
import { useCan } from '../app/session.ts';
import { ConfirmedButton } from '../parts/confirmed-button.tsx';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { SecretOnce } from '../parts/secret-once.tsx';
import { ActDialog } from './act-dialog.tsx';
import type { Incident } from './incident-data.ts';

const route = getRouteApi('/incidents/$id');

/** What the customer of an incident is told: links that show how it stands, and updates that whoever has one reads. */
export function CustomerPart({ incident }: { readonly incident: Incident }) {
  const { t } = useTranslation('incidents');
  const can = useCan();
  const [opened, open] = useState<'link' | 'update'>();
  const [made, setMade] = useState<string>();
  return (
    <>
      <p>{t('customer.about')}</p>
      <div className="act-buttons no-print">
        {can('incident.operate') ? <Button onClick={() => open('update')}>{t('customer.write')}</Button> : null}
        {can('incident.write') ? <Button onClick={() => open('link')}>{t('customer.make')}</Button> : null}
      </div>
      {made ? <SecretOnce title={t('customer.once')} secret={made} onDone={() => setMade(undefined)} /> : null}
      <CustomerLinks id={incident.id} />
      {opened === 'link' ? <MakeLink id={incident.id} onMade={setMade} onClose={() => open(undefined)} /> : null}
      {opened === 'update' ? <WriteUpdate id={incident.id} onClose={() => open(undefined)} /> : null}
    </>
  );
}

function CustomerLinks({ id }: { readonly id: string }) {
  const { t } = useTranslation('incidents');
  const { after } = route.useSearch();
  const navigate = route.useNavigate();
  const can = useCan();
  const query = $api.useQuery('get', '/incidents/{id}/customer-links', {
    params: { path: { id }, query: stated({ after, limit: 25 }) },
  });
  const revoke = useWrite((linkId: string, header) =>
    api.DELETE('/customer-links/{id}', { params: { path: { id: linkId }, header } }),
  );
  return (
    <>
      <ProblemAlert error={revoke.problem} />
      <KeyedTable
        query={query}
        columns={[
          { key: 'label', title: t('customer.for'), render: (_, { label }) => label },
          { key: 'state', title: t('filter.state'), render: (_, link) => <LinkState link={link} /> },
          { key: 'expires', title: t('customer.expires'), render: (_, { expiresAt }) => <Moment at={expiresAt} /> },
          {
            ...{ key: 'reads', title: t('customer.reads') },
            render: (_, { reads, lastReadAt }) => (
              <>
                {reads}
                {lastReadAt ? (
                  <div className="sub">
                    {t('customer.lastRead')} <Moment at={lastReadAt} />
                  </div>
                ) : null}
              </>
            ),
          },
          { key: 'by', title: t('customer.by'), render: (_, { createdBy }) => createdBy.name },
          {
            ...{ key: 'revoke', title: <span className="visually-hidden">{t('customer.revoke')}</span> },
            render: (_, link) =>
              can('incident.write') && link.revokedAt === null && Date.parse(link.expiresAt) > Date.now() ? (
                <ConfirmedButton
                  small
                  danger
                  label={t('customer.revoke')}
                  ask={t('customer.revokeAsk')}
                  onConfirm={() => revoke.write(link.id).catch(() => undefined)}
                />
              ) : null,
          },
        ]}
        rowKey={(link) => link.id}
        after={after}
        onPage={(next) => void navigate({ search: (before) => ({ ...before, after: next }) })}
        empty={<NothingHere text={t('customer.none')} />}
        label={t('customer.links')}
      />
    </>
  );
}

function LinkState({ link }: { readonly link: { readonly revokedAt: string | null; readonly expiresAt: string } }) {
  const { t } = useTranslation('incidents');
  if (link.revokedAt) return <Mark tone="quiet">{t('customer.revoked')}</Mark>;
  if (Date.parse(link.expiresAt) <= Date.now()) return <Mark tone="quiet">{t('customer.ended')}</Mark>;
  return <Mark tone="good">{t('customer.works')}</Mark>;
}

interface MakeLinkProps {
  readonly id: string;
  readonly onMade: (address: string) => void;
  readonly onClose: () => void;
}

interface NewLink {
  readonly label: string;
  readonly days?: number;
}

const DAYS = { usual: 30, max: 90 };

function MakeLink({ id, onMade, onClose }: MakeLinkProps) {
  const { t } = useTranslation('incidents');
  const make = useWrite((body: NewLink, header) =>
    api.POST('/incidents/{id}/customer-links', { params: { path: { id }, header }, body }),
  );
  return (
    <ActDialog<NewLink>
      title={t('customer.make')}
      about={t('customer.makeAbout')}
      go={t('customer.make')}
      isDated={false}
      initial={{ days: DAYS.usual }}
      problem={make.problem}
      isPending={make.isPending}
      onSend={async (body) => onMade(`${location.origin}${(await make.write(body)).path}`)}
      onClose={onClose}
    >
      <Form.Item
        name="label"
        label={t('customer.for')}
        rules={[{ required: true, whitespace: true, message: t('customer.forMissing') }]}
      >
        <Input maxLength={120} />
      </Form.Item>
      <Form.Item name="days" label={t('customer.days')}>
        <InputNumber min={1} max={DAYS.max} />
      </Form.Item>
    </ActDialog>
  );
}

function WriteUpdate({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const { t } = useTranslation('incidents');
  const write = useWrite((body: { text: string }, header) =>
    api.POST('/incidents/{id}/customer-updates', { params: { path: { id }, header }, body }),
  );
  return (
    <ActDialog<{ text: string }>
      title={t('customer.write')}
      about={t('customer.writeAbout')}
      go={t('customer.publish')}
      isDated={false}
      problem={write.problem}
      isPending={write.isPending}
      onSend={write.write}
      onClose={onClose}
    >
      <Form.Item
        name="text"
        label={t('customer.text')}
        rules={[{ required: true, whitespace: true, message: t('customer.textMissing') }]}
      >
        <Input.TextArea rows={4} maxLength={2000} />
      </Form.Item>
    </ActDialog>
  );
}
