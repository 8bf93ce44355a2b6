import { Form, Input, Modal, Radio, Select } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import type { Schedule } from './schedule-data.ts';
import { SlotList } from './slot-list.tsx';

interface ChangeTimingProps {
  readonly schedule: Schedule;
  readonly onClose: () => void;
}

type Timing = Pick<Schedule, 'cron' | 'zone' | 'catchUp'>;

const CATCH_UP = ['skip', 'latest', 'all'] as const satisfies readonly Schedule['catchUp'][];

/** How long the typing has to rest before the slots of what was typed are asked for. */
const REST_MS = 400;

/** Changes when a schedule is due; the slots that this would give stand below while it is typed. */
export function ChangeTiming({ schedule, onClose }: ChangeTimingProps) {
  const { t } = useTranslation('settings');
  // What was opened is what is changed, also when somebody else has changed it since: then the server says so.
  const [{ id, name, version, cron, zone, catchUp, surprise }] = useState(schedule);
  const [form] = Form.useForm<Timing>();
  const change = useWrite((body: Timing, header) =>
    api.PATCH('/schedules/{id}', { params: { path: { id }, header: { ...header, ...ifMatch(version) } }, body }),
  );
  const send = (body: Timing) => change.write(body).then(onClose, () => undefined);
  return (
    <Modal
      open
      title={t('timingTitle', { name })}
      okText={t('save')}
      cancelText={t('cancel')}
      confirmLoading={change.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      {surprise ? <p>{t('surpriseEnds')}</p> : null}
      <Form
        form={form}
        layout="vertical"
        initialValues={{ cron, zone, catchUp }}
        onFinish={(timing) => void send(timing)}
      >
        <Form.Item name="cron" label={t('cron')} extra={t('cronHelp')}>
          <Input className="code" maxLength={100} autoComplete="off" />
        </Form.Item>
        <Form.Item name="zone" label={t('zone')}>
          <Select
            showSearch
            options={Intl.supportedValuesOf('timeZone')
              .concat('UTC')
              .map((value) => ({ value, label: value }))}
          />
        </Form.Item>
        <Form.Item name="catchUp" label={t('catchUp')}>
          <Radio.Group options={CATCH_UP.map((value) => ({ value, label: t(`catchUpOf.${value}`) }))} />
        </Form.Item>
        <Form.Item noStyle dependencies={['cron', 'zone']}>
          {() => <Preview cron={form.getFieldValue('cron') ?? cron} zone={form.getFieldValue('zone') ?? zone} />}
        </Form.Item>
      </Form>
      <ProblemAlert error={change.problem} />
    </Modal>
  );
}

/** The next slots of what is typed, once it rests. */
function Preview({ cron, zone }: Pick<Timing, 'cron' | 'zone'>) {
  const { t } = useTranslation('settings');
  const [rested, setRested] = useState({ cron, zone });
  useEffect(() => {
    const timer = setTimeout(() => setRested({ cron, zone }), REST_MS);
    return () => clearTimeout(timer);
  }, [cron, zone]);
  const query = $api.useQuery(
    'get',
    '/schedule-preview',
    { params: { query: rested } },
    { enabled: rested.cron.trim() !== '', retry: false },
  );
  return (
    <div aria-live="polite">
      <h3>{t('nextFive')}</h3>
      <ProblemAlert error={query.error as unknown} />
      {query.data ? <SlotList slots={query.data.nextSlots} /> : null}
    </div>
  );
}
