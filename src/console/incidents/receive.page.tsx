import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Button, Form, Input, Radio, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import type { operations } from '../api/api.generated.d.ts';
import { $api, api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { stated } from '../app/search.ts';
import { Page } from '../parts/page.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { FactFields } from './fact-fields.tsx';
import { KINDS, SEVERITIES } from './incident-data.ts';
import { NamedSelect } from './named-picker.tsx';
import { type When, WhenFields, whenOf } from './when-fields.tsx';
import './incidents.css';

type Body = operations['receiveIncident']['requestBody']['content']['application/json'];
type Filled = Omit<Body, 'at' | 'lateBecause'> & When;

const route = getRouteApi('/incidents/new');

/** Takes something down that was reported. Its clocks run from that instant, so as little as possible is asked for. */
export function ReceivePage() {
  const { t } = useTranslation('incidents');
  const { service } = route.useSearch();
  const navigate = useNavigate();
  const [form] = Form.useForm<Filled>();
  const kind = Form.useWatch('kind', form) ?? 'incident';
  const receive = useWrite((body: Body, headers) => api.POST('/incidents', { params: { header: headers }, body }));
  const send = async (filled: Filled) => {
    const made = await receive.write(bodyOf(filled)).catch(() => undefined);
    if (made) await navigate({ to: '/incidents/$id', params: { id: made.id } });
  };
  return (
    <Page title={t('receive.title')} trail={<Link to="/incidents">{t('title')}</Link>}>
      <p>{t('receive.about')}</p>
      <Form<Filled>
        form={form}
        layout="vertical"
        className="section receive-form"
        initialValues={{ kind: 'incident', serviceId: service }}
        onFinish={(filled) => void send(filled)}
      >
        <Form.Item name="kind" label={t('field.kind')}>
          <Radio.Group options={KINDS.map((value) => ({ value, label: t(`kind.${value}`) }))} />
        </Form.Item>
        {kind === 'incident' ? (
          <Form.Item
            name="severity"
            label={t('field.severity')}
            extra={t('receive.severityHelp')}
            rules={[{ required: true, message: t('receive.severityMissing') }]}
          >
            <Radio.Group options={SEVERITIES.map((value) => ({ value, label: t(`severity.${value}`) }))} />
          </Form.Item>
        ) : null}
        <Form.Item
          name="title"
          label={t('field.title')}
          rules={[{ required: true, whitespace: true, message: t('receive.titleMissing') }]}
        >
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item
          name="reporterContact"
          label={t('field.reporter')}
          extra={t('receive.reporterHelp')}
          rules={[{ required: true, whitespace: true, message: t('receive.reporterMissing') }]}
        >
          <Input maxLength={500} />
        </Form.Item>
        <Form.Item name="serviceId" label={t('field.service')}>
          <NamedSelect kinds={['service']} />
        </Form.Item>
        <Form.Item name="teamId" label={t('field.team')}>
          <NamedSelect kinds={['team']} />
        </Form.Item>
        <Form.Item name="customer" label={t('field.customer')} extra={t('receive.customerHelp')}>
          <Input maxLength={500} />
        </Form.Item>
        <Form.Item name="description" label={t('field.description')} extra={t('receive.descriptionHelp')}>
          <Input.TextArea rows={3} maxLength={10_000} />
        </Form.Item>
        <FactFields />
        <CalendarField />
        <WhenFields />
        <ProblemAlert error={receive.problem} />
        <Button type="primary" htmlType="submit" loading={receive.isPending}>
          {t('receive.go')}
        </Button>
      </Form>
    </Page>
  );
}

/** Asked for only where there is one: by it count the targets that the policy states in working time. */
function CalendarField() {
  const { t } = useTranslation('incidents');
  const { data } = $api.useQuery('get', '/sla-calendars', { params: { query: { limit: 100 } } });
  const calendars = data?.items ?? [];
  if (calendars.length === 0) return null;
  return (
    <Form.Item name="calendarId" label={t('field.calendar')} extra={t('receive.calendarHelp')}>
      <Select allowClear options={calendars.map(({ id, name }) => ({ value: id, label: name }))} />
    </Form.Item>
  );
}

function bodyOf({ at, lateBecause, ...filled }: Filled): Body {
  const said = Object.fromEntries(
    Object.entries(filled).map(([name, value]) => [name, value === '' ? undefined : value]),
  );
  return { ...stated(said), ...whenOf({ at, lateBecause }) } as Body;
}
