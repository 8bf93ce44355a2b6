import { Form, Radio, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import type { Alert } from './alert-data.ts';
import type { Quiet } from './quiet.ts';

interface QuietScopeProps {
  readonly alert: Alert | undefined;
  readonly kind: Quiet['kind'];
}

/** Which alerts nobody is told of: those like the alert that it began with, or those of a service or a rule. */
export function QuietScope({ alert, kind }: QuietScopeProps) {
  const { t } = useTranslation('alerts');
  if (!alert) return <Chosen kind={kind} />;
  if (kind === 'maintenance')
    return alert.serviceId ? (
      <p>
        {t('service')}: {alert.serviceName}
      </p>
    ) : (
      <Chosen kind={kind} />
    );
  const { rule, subject, serviceName } = alert;
  return (
    <Form.Item name="scope" label={t('quiet.scope')}>
      <Radio.Group
        options={[
          { value: 'subject', label: t('quietScope.subject', { subject: subject.name, rule: rule.name }) },
          { value: 'rule', label: t('quietScope.rule', { rule: rule.name }) },
          ...(serviceName ? [{ value: 'service', label: t('quietScope.service', { service: serviceName }) }] : []),
        ]}
      />
    </Form.Item>
  );
}

const FIRST_PAGE = { params: { query: { limit: 200 } } };

function Chosen({ kind }: Pick<QuietScopeProps, 'kind'>) {
  const { t } = useTranslation('alerts');
  const services = $api.useQuery('get', '/services', FIRST_PAGE);
  const rules = $api.useQuery('get', '/alert-rules', FIRST_PAGE);
  const optionsOf = (items: readonly { readonly id: string; readonly name: string }[] = []) =>
    items.map(({ id, name }) => ({ value: id, label: name }));
  const search = { allowClear: true, showSearch: { optionFilterProp: 'label' } } as const;
  return (
    <>
      <Form.Item
        name="serviceId"
        label={t('service')}
        rules={kind === 'maintenance' ? [{ required: true, message: t('quiet.serviceMissing') }] : []}
      >
        <Select {...search} options={optionsOf(services.data?.items)} loading={services.isFetching} />
      </Form.Item>
      {kind === 'silence' ? (
        <Form.Item name="ruleId" label={t('rule.one')} extra={t('quiet.bothHelp')}>
          <Select {...search} options={optionsOf(rules.data?.items)} loading={rules.isFetching} />
        </Form.Item>
      ) : null}
    </>
  );
}
