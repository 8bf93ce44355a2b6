import { useNavigate } from '@tanstack/react-router';
import { Alert, Form, Input, Modal, Radio } from 'antd';
import { useTranslation } from 'react-i18next';
import type { paths } from '../api/api.generated.d.ts';
import { api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import type { DrillDetail, RunDetail } from './drill-data.ts';
import { ParameterField } from './parameter-field.tsx';

type Mode = RunDetail['mode'];
type Body = NonNullable<paths['/drills/{name}/run']['post']['requestBody']>['content']['application/json'];
type Values = NonNullable<Body['parameters']>;

/** What was filled in of a start. */
export interface FilledStart {
  readonly mode: Mode;
  readonly parameters?: Record<string, string | boolean | undefined>;
  readonly participants?: Record<string, string | undefined>;
  readonly recovery?: { readonly confirm?: string; readonly case?: string; readonly reason?: string };
}

const MODES = ['full', 'availability', 'recovery'] as const satisfies readonly Mode[];

/** Starts a run of a drill, with what its definition lets one say, and goes to the run. */
export function RunNow({ drill, onClose }: { readonly drill: DrillDetail; readonly onClose: () => void }) {
  const { t } = useTranslation('drills');
  const navigate = useNavigate();
  const [form] = Form.useForm<FilledStart>();
  const mode = Form.useWatch('mode', form) ?? 'full';
  const { name, severity } = drill;
  const run = useWrite(({ body, as }: { body: Body; as: Mode }, headers) =>
    api.POST('/drills/{name}/run', { params: { path: { name }, query: { mode: as }, header: headers }, body }),
  );
  const start = async (filled: FilledStart) => {
    const started = await run.write({ body: startOf(filled, drill), as: filled.mode }).catch(() => undefined);
    if (started) await navigate({ to: '/drills/runs/$id', params: { id: started.runId } });
  };
  return (
    <Modal
      open
      title={t('start.title', { drill: name })}
      okText={t('start.go')}
      cancelText={t('start.cancel')}
      confirmLoading={run.isPending}
      okButtonProps={mode === 'recovery' ? { danger: true } : {}}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form form={form} layout="vertical" initialValues={{ mode: 'full' }} onFinish={(filled) => void start(filled)}>
        {severity ? <p>{t('start.severity', { severity: t(`severity.${severity}`) })}</p> : null}
        <Form.Item name="mode" label={t('start.kind')} extra={t(`modeHelp.${mode}`)}>
          <Radio.Group options={MODES.map((value) => ({ value, label: t(`mode.${value}`) }))} />
        </Form.Item>
        {drill.parameters.length > 0 ? <h3>{t('start.parameters')}</h3> : null}
        {drill.parameters.map((parameter) => (
          <ParameterField key={parameter.name} parameter={parameter} />
        ))}
        {drill.roles.length > 0 ? <h3>{t('start.roles')}</h3> : null}
        {drill.roles.map(({ role, description }) => (
          <Form.Item key={role} name={['participants', role]} label={role} tooltip={description}>
            <Input placeholder={t('start.rolePerson')} maxLength={200} />
          </Form.Item>
        ))}
        {mode === 'recovery' ? <Recovery drill={name} /> : null}
      </Form>
      <ProblemAlert error={run.problem} />
    </Modal>
  );
}

function Recovery({ drill }: { readonly drill: string }) {
  const { t } = useTranslation('drills');
  return (
    <>
      <Alert type="warning" showIcon title={t('start.recovery')} />
      <Form.Item
        name={['recovery', 'confirm']}
        label={t('start.confirm', { drill })}
        rules={[{ required: true, message: t('start.confirm', { drill }) }]}
      >
        <Input autoComplete="off" maxLength={63} />
      </Form.Item>
      <Form.Item name={['recovery', 'case']} label={t('start.case')}>
        <Input maxLength={200} />
      </Form.Item>
      <Form.Item name={['recovery', 'reason']} label={t('start.reason')}>
        <Input.TextArea maxLength={1000} rows={2} />
      </Form.Item>
    </>
  );
}

/** The start of a run. Only what was filled in: the rest has the defaults of the definition. */
export function startOf({ mode, parameters = {}, participants = {}, recovery }: FilledStart, drill: DrillDetail): Body {
  const values: Values = {};
  for (const { name, type } of drill.parameters) {
    const given = parameters[name];
    if (given === undefined || given === '') continue;
    values[name] = type === 'integer' || type === 'number' ? Number(given) : given;
  }
  const people = Object.fromEntries(
    Object.entries(participants).flatMap(([role, person]) => (person?.trim() ? [[role, person.trim()]] : [])),
  );
  const { confirm = '', case: incident = '', reason = '' } = recovery ?? {};
  return {
    parameters: values,
    participants: people,
    ...(mode === 'recovery'
      ? { recovery: { confirm, ...(incident ? { case: incident } : {}), ...(reason ? { reason } : {}) } }
      : {}),
  };
}
