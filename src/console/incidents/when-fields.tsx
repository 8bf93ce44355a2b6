import { Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { instantOfLocal } from '../parts/local-time.ts';

/** When something happened that is entered later; both empty for now. */
export interface When {
  /** Local date and time, such as `2026-11-29T09:30`. */
  readonly at?: string | undefined;
  readonly lateBecause?: string | undefined;
}

/** Folded in, because nearly everything is entered when it happens: that it was earlier, and why it is entered late. */
export function WhenFields() {
  const { t } = useTranslation('incidents');
  const at = Form.useWatch<string | undefined>('at');
  return (
    <details className="when" open={Boolean(at) || undefined}>
      <summary>{t('when.earlier')}</summary>
      <Form.Item name="at" label={t('when.at')}>
        <Input type="datetime-local" step={1} />
      </Form.Item>
      <Form.Item name="lateBecause" label={t('when.why')} extra={t('when.whyHelp')}>
        <Input maxLength={500} />
      </Form.Item>
    </details>
  );
}

/** What of it is stated, as the API wants it. */
export function whenOf({ at, lateBecause }: When): { at?: string; lateBecause?: string } {
  const instant = instantOfLocal(at ?? '');
  const why = lateBecause?.trim() ?? '';
  return { ...(instant === undefined ? {} : { at: instant }), ...(why === '' ? {} : { lateBecause: why }) };
}
