import { Button, DatePicker, Form, Input, Modal } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { useCan } from '../app/session.ts';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { Section } from '../parts/section.tsx';
import type { Hold, RecoveryPoint } from './backup-api.ts';
import { ReasonForm } from './reason-form.tsx';

/** Keeps a point until a moment, whatever retention says. */
export function HoldPoint({ point }: { readonly point: RecoveryPoint }) {
  const { t } = useTranslation('backups');
  const can = useCan();
  const [open, setOpen] = useState(false);
  const { id } = point;
  const hold = useWrite((body: { readonly reason: string; readonly until: string }, headers) =>
    api.POST('/recovery-points/{id}/holds', { params: { path: { id } }, body, headers: { ...headers } }),
  );
  if (!can('backup.operate') || point.state === 'deleted' || point.state === 'deleting') return null;
  const close = () => {
    hold.reset();
    setOpen(false);
  };
  const send = ({ reason, until }: { reason: string; until: Dayjs }) =>
    hold.write({ reason, until: until.toISOString() }).then(close, () => undefined);
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t('hold.action')}</Button>
      <Modal title={t('hold.title')} open={open} onCancel={close} footer={null} destroyOnHidden>
        <p>{t('hold.text')}</p>
        <ProblemAlert error={hold.problem} />
        <Form<{ reason: string; until: Dayjs }> layout="vertical" onFinish={(values) => void send(values)}>
          <Form.Item
            name="until"
            label={t('hold.until')}
            initialValue={dayjs().add(30, 'day')}
            rules={[{ required: true, message: t('hold.untilMissing') }]}
          >
            <DatePicker showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" minDate={dayjs()} />
          </Form.Item>
          <Form.Item
            name="reason"
            label={t('reasonGiven')}
            rules={[{ required: true, whitespace: true, message: t('reasonMissing') }]}
          >
            <Input.TextArea rows={3} maxLength={1000} />
          </Form.Item>
          <Button type="primary" htmlType="submit" loading={hold.isPending}>
            {t('hold.action')}
          </Button>
        </Form>
      </Modal>
    </>
  );
}

/** The holds on a point that are in force; nothing when there is none. */
export function PointHolds({ point }: { readonly point: RecoveryPoint }) {
  const { t } = useTranslation('backups');
  const { data } = $api.useQuery('get', '/recovery-points/{id}/holds', {
    params: { path: { id: point.id }, query: { limit: 50 } },
  });
  const live = data?.items.filter(({ state }) => state === 'live') ?? [];
  if (live.length === 0) return null;
  return (
    <Section title={t('hold.live')}>
      <ul className="checks-list">
        {live.map((hold) => (
          <li key={hold.id} className="check-head">
            <Mark tone="good">{t('hold.kept')}</Mark>
            <span>
              {t('hold.until')} <Moment at={hold.until} />
            </span>
            <span className="backups-reason">
              {hold.reason}
              {hold.createdBy ? ` (${hold.createdBy.name})` : ''}
            </span>
            <ReleaseHold hold={hold} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function ReleaseHold({ hold }: { readonly hold: Hold }) {
  const { t } = useTranslation('backups');
  const can = useCan();
  const [open, setOpen] = useState(false);
  const release = useWrite((body: { readonly reason: string }, headers) =>
    api.POST('/recovery-point-holds/{id}/release', {
      params: { path: { id: hold.id } },
      body,
      headers: { ...headers },
    }),
  );
  if (!can('backup.write')) return null;
  const close = () => {
    release.reset();
    setOpen(false);
  };
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)}>
        {t('hold.release')}
      </Button>
      <Modal title={t('hold.releaseTitle')} open={open} onCancel={close} footer={null} destroyOnHidden>
        <ProblemAlert error={release.problem} />
        <ReasonForm
          action={t('hold.release')}
          isPending={release.isPending}
          onSend={(reason) => release.write({ reason }).then(close, () => undefined)}
        />
      </Modal>
    </>
  );
}
