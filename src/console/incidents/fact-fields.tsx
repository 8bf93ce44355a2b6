import { Form, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { FREQUENCIES, SCOPES } from './incident-data.ts';

/** What is known of an incident: what does not work, how often it shows, whom it concerns. */
export function FactFields() {
  const { t } = useTranslation('incidents');
  return (
    <>
      <Form.Item name="symptom" label={t('fact.symptom')}>
        <Input.TextArea rows={2} maxLength={4000} />
      </Form.Item>
      <Form.Item name="frequency" label={t('fact.frequency')}>
        <Select allowClear options={FREQUENCIES.map((value) => ({ value, label: t(`frequency.${value}`) }))} />
      </Form.Item>
      <Form.Item name="scope" label={t('fact.scope')}>
        <Select allowClear options={SCOPES.map((value) => ({ value, label: t(`scope.${value}`) }))} />
      </Form.Item>
    </>
  );
}
