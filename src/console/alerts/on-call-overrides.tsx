import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { useCan } from '../app/session.ts';
import { ConfirmedButton } from '../parts/confirmed-button.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Moment } from '../parts/moment.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import type { Rota } from './on-call-data.ts';

/** Who stands in for whom, as far as it is not over; each can be taken back. */
export function OnCallOverrides({ rota }: { readonly rota: Rota }) {
  const { t } = useTranslation('alerts');
  const can = useCan();
  const query = $api.useQuery('get', '/on-call-rotas/{id}/overrides', {
    params: { path: { id: rota.id }, query: { limit: 200 } },
  });
  const cancel = useWrite((overrideId: string, headers) =>
    api.POST('/on-call-rotas/{id}/overrides/{overrideId}/cancel', {
      params: { path: { id: rota.id, overrideId }, header: { ...headers, ...ifMatch(rota.version) } },
    }),
  );
  return (
    <Loaded query={query}>
      {({ items }) => {
        const now = Date.now();
        const ahead = items.filter(({ until, cancelledAt }) => cancelledAt === null && Date.parse(until) > now);
        if (ahead.length === 0) return null;
        return (
          <>
            <h3>{t('onCall.overrides')}</h3>
            <ProblemAlert error={cancel.problem} />
            <ul className="plain">
              {ahead.map(({ id, kind, personName, from, until, reason }) => (
                <li key={id}>
                  {t(kind === 'remove' ? 'onCall.removes' : 'onCall.takesOver', { name: personName })}{' '}
                  <Moment at={from} /> – <Moment at={until} /> <span className="quiet">({reason})</span>{' '}
                  {can('people.operate') ? (
                    <ConfirmedButton
                      small
                      label={t('onCall.cancel')}
                      ask={t('onCall.cancelAsk')}
                      loading={cancel.isPending}
                      onConfirm={() => cancel.write(id).catch(() => undefined)}
                    />
                  ) : null}
                </li>
              ))}
            </ul>
          </>
        );
      }}
    </Loaded>
  );
}
