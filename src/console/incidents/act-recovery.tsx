import { useNavigate } from '@tanstack/react-router';
import { Alert, Form, Input, Modal, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import type { operations } from '../api/api.generated.d.ts';
import { $api, api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import type { DrillDetail } from '../drills/drill-data.ts';
import { ParameterField } from '../drills/parameter-field.tsx';
import { type FilledStart, startOf } from '../drills/run-now.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import type { ActProps } from './act-props.ts';

type Body = operations['recoverIncident']['requestBody']['content']['application/json'];
type Filled = FilledStart & { readonly drill: string };

/** Carries out the definition of a drill for real, and goes to the run. */
export function RecoveryDialog({ incident, onClose }: ActProps) {
  const { t } = useTranslation('incidents');
  const navigate = useNavigate();
  const [form] = Form.useForm<Filled>();
  const name = Form.useWatch('drill', form);
  const drills = $api.useQuery('get', '/drills', { params: { query: { limit: 200 } } });
  const path = { path: { name: name ?? '' } };
  const detail = $api.useQuery('get', '/drills/{name}', { params: path }, { enabled: name !== undefined }).data;
  const drill = name === undefined ? undefined : detail;
  const recover = useWrite((body: Body, headers) =>
    api.POST('/incidents/{id}/recoveries', { params: { path: { id: incident.id }, header: headers }, body }),
  );
  const send = async (filled: Filled) => {
    if (!drill) return;
    const { parameters, participants } = startOf({ ...filled, mode: 'recovery' }, drill);
    const recovery = { confirm: filled.recovery?.confirm ?? '' };
    const body = {
      drill: drill.name,
      recovery,
      ...(parameters && { parameters }),
      ...(participants && { participants }),
    };
    const started = await recover.write(body).catch(() => undefined);
    if (started) await navigate({ to: '/drills/runs/$id', params: { id: started.runId } });
  };
  return (
    <Modal
      open
      title={t('act.recovery')}
      okText={t('recovery.go')}
      cancelText={t('cancel')}
      confirmLoading={recover.isPending}
      okButtonProps={{ danger: true }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Alert type="warning" showIcon className="needed" title={t('actAbout.recovery', { number: incident.number })} />
      <Form form={form} layout="vertical" onFinish={(filled) => void send(filled)}>
        <Form.Item
          name="drill"
          label={t('recovery.drill')}
          rules={[{ required: true, message: t('recovery.drillMissing') }]}
        >
          <Select
            loading={drills.isPending}
            options={(drills.data?.items ?? [])
              .filter(({ runnable }) => runnable)
              .map((one) => ({ value: one.name, label: `${one.title ?? one.name} (${one.name})` }))}
          />
        </Form.Item>
        {drill ? <Confirmation drill={drill} /> : null}
      </Form>
      <ProblemAlert error={recover.problem} />
    </Modal>
  );
}

/** What the definition lets one say, and its name once more: this is no drill. */
function Confirmation({ drill }: { readonly drill: DrillDetail }) {
  const { t } = useTranslation('incidents');
  return (
    <>
      {drill.parameters.map((parameter) => (
        <ParameterField key={parameter.name} parameter={parameter} />
      ))}
      {drill.roles.map(({ role, description }) => (
        <Form.Item key={role} name={['participants', role]} label={role} tooltip={description}>
          <Input maxLength={200} />
        </Form.Item>
      ))}
      <Form.Item
        name={['recovery', 'confirm']}
        label={t('recovery.confirm', { drill: drill.name })}
        rules={[{ required: true, message: t('recovery.confirm', { drill: drill.name }) }]}
      >
        <Input autoComplete="off" maxLength={63} />
      </Form.Item>
    </>
  );
}
