import { useTranslation } from 'react-i18next';
import { textOrNull } from '../parts/form-changes.ts';
import { DurationField } from '../parts/form-duration.tsx';
import { NumberField, PickField, TextField } from '../parts/form-fields.tsx';
import { FormGroup } from '../parts/form-group.tsx';
import { LookupField } from '../parts/form-lookup.tsx';
import { OWNERS } from '../parts/lookups.ts';
import type { BackupSet } from './backup-api.ts';

/** What is asked of every set that is watched, whoever makes its backups. */
export interface WatchValues {
  readonly description: string;
  readonly ownerId: string | null;
  readonly zone: string;
  readonly schedule: { readonly cron?: string; readonly graceSeconds?: number | null };
  readonly rpoSeconds: number | null;
  readonly minimumBytes: number | null;
  readonly fullReadDays: number | null;
  readonly window: { readonly from?: string; readonly until?: string };
}

const HOUR = 3600;

export const newWatch = (): WatchValues => ({
  description: '',
  ownerId: null,
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  schedule: { cron: '', graceSeconds: HOUR },
  rpoSeconds: null,
  minimumBytes: null,
  fullReadDays: 30,
  window: {},
});

export function watchOf({ external }: BackupSet): WatchValues {
  const fresh = newWatch();
  if (!external) return fresh;
  const { description, owner, zone, schedule, rpoSeconds, minimumBytes, fullReadDays, window } = external;
  return {
    ...{ description, zone, rpoSeconds, minimumBytes, fullReadDays },
    ownerId: owner.id,
    schedule: schedule ?? fresh.schedule,
    window: window ?? {},
  };
}

export function bodyOfWatch({ description, ownerId, zone, schedule, window, ...numbers }: WatchValues) {
  const cron = textOrNull(schedule.cron);
  const { from = '', until = '' } = window;
  return {
    ...{ description: description.trim(), ownerId: ownerId ?? '', zone },
    schedule: cron === null ? null : { cron, graceSeconds: schedule.graceSeconds ?? 0 },
    rpoSeconds: numbers.rpoSeconds,
    minimumBytes: numbers.minimumBytes,
    fullReadDays: numbers.fullReadDays,
    window: from || until ? { from, until } : null,
  };
}

/** The fields of what is asked of a set. */
export function WatchFields({ set }: { readonly set?: BackupSet }) {
  const { t } = useTranslation('backups');
  const owner = set?.external?.owner;
  return (
    <>
      <FormGroup title={t('watch.who')}>
        <LookupField
          name="ownerId"
          label={t('set.owner')}
          help={t('watch.ownerHelp')}
          lookup={OWNERS}
          known={owner ? [{ value: owner.id, label: owner.name }] : []}
          required
        />
        <TextField
          name="description"
          label={t('set.description')}
          help={t('watch.descriptionHelp')}
          lengthMax={1000}
          rows={2}
        />
      </FormGroup>
      <FormGroup title={t('watch.when')} text={t('watch.whenText')}>
        <TextField
          name={['schedule', 'cron']}
          label={t('set.schedule')}
          help={t('watch.cronHelp')}
          sample="0 2 * * *"
          lengthMax={100}
          isCode
        />
        <DurationField name={['schedule', 'graceSeconds']} label={t('watch.grace')} help={t('watch.graceHelp')} />
        <PickField
          name="zone"
          label={t('watch.zone')}
          help={t('watch.zoneHelp')}
          choices={Intl.supportedValuesOf('timeZone')
            .concat('UTC')
            .map((value) => ({ value, label: value }))}
        />
        <DurationField name="rpoSeconds" label={t('watch.rpo')} help={t('watch.rpoHelp')} />
      </FormGroup>
      <FormGroup title={t('watch.checks')}>
        <NumberField
          name="fullReadDays"
          label={t('watch.fullRead')}
          help={t('watch.fullReadHelp')}
          unit={t('watch.days')}
          min={1}
          max={3660}
        />
        <TextField
          name={['window', 'from']}
          label={t('watch.from')}
          help={t('watch.windowHelp')}
          sample="22:00"
          lengthMax={5}
        />
        <TextField name={['window', 'until']} label={t('watch.until')} sample="05:00" lengthMax={5} />
        <NumberField
          name="minimumBytes"
          label={t('watch.minimum')}
          help={t('watch.minimumHelp')}
          unit={t('watch.bytes')}
          min={1}
        />
      </FormGroup>
    </>
  );
}
