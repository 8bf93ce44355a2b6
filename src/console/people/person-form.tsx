import { Button, Checkbox, Form, Input, Select, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import type { ProblemError } from '../api/problem.ts';
import type { Role } from '../app/session.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import './people.css';

const ROLES: readonly Role[] = ['viewer', 'asset-manager', 'operator', 'auditor', 'admin', 'counter', 'reporter'];

/** What is said about a person. */
export interface PersonFields {
  readonly name: string;
  readonly email: string;
  readonly zone: string | null;
  readonly roles: Role[];
}

interface PersonFormProps {
  readonly initial: PersonFields;
  readonly submitText: string;
  readonly isPending: boolean;
  readonly problem: ProblemError | null;
  readonly onSubmit: (fields: PersonFields) => Promise<unknown>;
  readonly onCancel: () => void;
}

/** The fields of a person, new or known. */
export function PersonForm({ initial, submitText, isPending, problem, onSubmit, onCancel }: PersonFormProps) {
  const { t } = useTranslation('people');
  const required = { required: true, message: t('missing') };
  return (
    <Form<PersonFields>
      className="person-form"
      layout="vertical"
      requiredMark={false}
      initialValues={initial}
      onFinish={({ zone, ...fields }) => onSubmit({ ...fields, zone: zone ?? null }).catch(() => undefined)}
    >
      <ProblemAlert error={problem} />
      <Form.Item name="name" label={t('name')} rules={[required]}>
        <Input autoComplete="off" maxLength={200} />
      </Form.Item>
      <Form.Item name="email" label={t('email')} rules={[required, { type: 'email', message: t('notEmail') }]}>
        <Input type="email" autoComplete="off" maxLength={254} />
      </Form.Item>
      <Form.Item name="zone" label={t('zone')}>
        <Select
          showSearch
          allowClear
          placeholder={t('noZone')}
          options={Intl.supportedValuesOf('timeZone').map((value) => ({ value, label: value }))}
        />
      </Form.Item>
      <Form.Item name="roles" label={t('roles')}>
        <RoleChoice />
      </Form.Item>
      <Space>
        <Button type="primary" htmlType="submit" loading={isPending}>
          {submitText}
        </Button>
        <Button onClick={onCancel}>{t('cancel')}</Button>
      </Space>
    </Form>
  );
}

interface RoleChoiceProps {
  /** These come from the form that it stands in. */
  readonly value?: Role[];
  readonly onChange?: (roles: Role[]) => void;
}

function RoleChoice({ value = [], onChange }: RoleChoiceProps) {
  const { t } = useTranslation(['people', 'app']);
  return (
    <Checkbox.Group className="role-choice" value={value} onChange={(roles) => onChange?.(roles as Role[])}>
      {ROLES.map((role) => (
        <Checkbox key={role} value={role}>
          {t(`app:roles.${role}`)} <span className="role-text">{t(`roleTexts.${role}`)}</span>
        </Checkbox>
      ))}
    </Checkbox.Group>
  );
}
