import { Button, Form, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { useCan } from '../app/session.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Moment } from '../parts/moment.tsx';
import { Section } from '../parts/section.tsx';
import { ActDialog } from './act-dialog.tsx';
import { BREACH_CAUSES, type Clock } from './incident-data.ts';

/** Why a clock ran out, as people have stated it; the last statement holds. */
export function BreachCauses({ clock }: { readonly clock: Clock }) {
  const { t } = useTranslation('incidents');
  const can = useCan();
  const [isOpen, open] = useState(false);
  const query = $api.useQuery('get', '/sla-clocks/{id}/breach-causes', {
    params: { path: { id: clock.id }, query: { limit: 100 } },
  });
  return (
    <Section title={t('breach.title')}>
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <p>{t('breach.none')}</p>
          ) : (
            <ol className="account">
              {items.map(({ seq, cause, note, by, statedAt }) => (
                <li key={seq}>
                  {t(`cause.${cause}`)} {note}
                  <div className="sub">
                    {by.name} · <Moment at={statedAt} />
                  </div>
                </li>
              ))}
            </ol>
          )
        }
      </Loaded>
      {can('sla.operate') ? (
        <Button className="no-print" onClick={() => open(true)}>
          {t('breach.state')}
        </Button>
      ) : null}
      {isOpen ? <StateCause clock={clock} onClose={() => open(false)} /> : null}
    </Section>
  );
}

interface Stated {
  readonly cause: (typeof BREACH_CAUSES)[number];
  readonly note?: string;
}

function StateCause({ clock, onClose }: { readonly clock: Clock; readonly onClose: () => void }) {
  const { t } = useTranslation('incidents');
  const state = useWrite((body: Stated, header) =>
    api.POST('/sla-clocks/{id}/breach-causes', { params: { path: { id: clock.id }, header }, body }),
  );
  return (
    <ActDialog<Stated>
      title={t('breach.state')}
      about={t('breach.about')}
      go={t('save')}
      isDated={false}
      problem={state.problem}
      isPending={state.isPending}
      onSend={state.write}
      onClose={onClose}
    >
      <Form.Item name="cause" label={t('breach.cause')} rules={[{ required: true, message: t('breach.causeMissing') }]}>
        <Select options={BREACH_CAUSES.map((value) => ({ value, label: t(`cause.${value}`) }))} />
      </Form.Item>
      <Form.Item name="note" label={t('breach.note')}>
        <Input.TextArea rows={2} maxLength={2000} />
      </Form.Item>
    </ActDialog>
  );
}
