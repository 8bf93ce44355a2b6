import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { useCan } from '../app/session.ts';
import { LinkButton } from '../parts/link-button.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Section } from '../parts/section.tsx';
import { LocationContents } from './location-contents.tsx';
import { LocationTree } from './location-tree.tsx';
import { SparesPage } from './spares-page.tsx';

const route = getRouteApi('/spares/locations');

/** Where everything lies: the tree of locations with what is in each, and what lies in the one that is chosen. */
export function LocationsPage() {
  const { t } = useTranslation('spares');
  const { at } = route.useSearch();
  const can = useCan();
  return (
    <SparesPage
      title={t('locations.title')}
      actions={
        can('inventory.write') ? (
          <LinkButton isPrimary to="/spares/locations/new">
            {t('locationEntry.newSite')}
          </LinkButton>
        ) : null
      }
    >
      <div className="locations">
        <Section title={t('locations.tree')}>
          {/* It opens down to the chosen location, so it waits for the way to it. */}
          {at ? <TreeAt key="at" at={at} /> : <LocationTree chosen={undefined} way={[]} />}
        </Section>
        {at ? (
          <LocationContents key={at} id={at} />
        ) : (
          <Section title={t('locations.contents')}>
            <NothingHere text={t('locations.choose')} />
          </Section>
        )}
      </div>
    </SparesPage>
  );
}

function TreeAt({ at }: { readonly at: string }) {
  const location = $api.useQuery(
    'get',
    '/locations/{id}',
    { params: { path: { id: at } } },
    { placeholderData: (before) => before },
  );
  return <Loaded query={location}>{({ path }) => <LocationTree chosen={at} way={path.map(({ id }) => id)} />}</Loaded>;
}
