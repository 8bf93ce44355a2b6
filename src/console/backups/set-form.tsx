import { useTranslation } from 'react-i18next';
import { textOrNull } from '../parts/form-changes.ts';
import { NumberField, PickField, TextField } from '../parts/form-fields.tsx';
import { FormGroup } from '../parts/form-group.tsx';
import { LookupField } from '../parts/form-lookup.tsx';
import { REPOSITORIES } from '../parts/lookups.ts';
import type { BackupSet } from './backup-api.ts';
import { bodyOfWatch, newWatch, WatchFields, type WatchValues, watchOf } from './watch-fields.tsx';

type External = NonNullable<BackupSet['external']>;

const LAYOUTS = ['file', 'files', 'directory'] as const;
const TIME_SOURCES = ['name', 'manifest', 'mtime'] as const;
const DIGEST_SOURCES = ['none', 'manifest', 'api'] as const;

/** What the fields of a set hold that another tool fills. */
export interface SetValues extends WatchValues {
  readonly name: string;
  readonly repositoryId: string | null;
  readonly pattern: string;
  readonly layout: External['layout'];
  readonly timeSource: External['timeSource'];
  readonly digestSource: External['digestSource'];
  readonly expectedFormat: string;
  readonly settleSeconds: number | null;
}

export const newSet = (repositoryId: string | null): SetValues => ({
  ...newWatch(),
  name: '',
  repositoryId,
  pattern: '',
  layout: 'file',
  timeSource: 'name',
  digestSource: 'none',
  expectedFormat: '',
  settleSeconds: 60,
});

export function valuesOfSet(set: BackupSet): SetValues {
  const { name, repositoryId, external } = set;
  const fresh = newSet(repositoryId);
  if (!external) return fresh;
  const { pattern, layout, timeSource, digestSource, expectedFormat, settleSeconds } = external;
  return {
    ...watchOf(set),
    ...{ name, repositoryId, pattern, layout, timeSource, digestSource, settleSeconds },
    expectedFormat: expectedFormat ?? '',
  };
}

/** What is sent for a set that is there: it stays in its repository. */
export function changeOfSet(values: SetValues) {
  const { name, pattern, layout, timeSource, digestSource, expectedFormat, settleSeconds } = values;
  return {
    ...bodyOfWatch(values),
    ...{ name: name.trim(), pattern: pattern.trim(), layout, timeSource, digestSource },
    expectedFormat: textOrNull(expectedFormat),
    settleSeconds: settleSeconds ?? 60,
  };
}

export const bodyOfSet = (values: SetValues) => ({ ...changeOfSet(values), repositoryId: values.repositoryId ?? '' });

/** The fields of a set that another tool fills. */
export function SetFields({ set }: { readonly set?: BackupSet }) {
  const { t } = useTranslation('backups');
  return (
    <>
      <FormGroup title={t('setEntry.where')}>
        <TextField name="name" label={t('set.name')} help={t('setEntry.nameHelp')} lengthMax={63} isCode required />
        {set ? null : <LookupField name="repositoryId" label={t('repository.one')} lookup={REPOSITORIES} required />}
        <TextField
          name="pattern"
          label={t('set.pattern')}
          help={t('setEntry.patternHelp')}
          sample="db/app-%Y%m%d.dump"
          lengthMax={1000}
          isCode
          required
        />
        <PickField
          name="layout"
          label={t('setEntry.layout')}
          choices={LAYOUTS.map((value) => ({ value, label: t(`setEntry.layouts.${value}`) }))}
        />
        <PickField
          name="timeSource"
          label={t('setEntry.timeSource')}
          help={t('setEntry.timeSourceHelp')}
          choices={TIME_SOURCES.map((value) => ({ value, label: t(`setEntry.timeSources.${value}`) }))}
        />
        <PickField
          name="digestSource"
          label={t('setEntry.digestSource')}
          help={t('setEntry.digestSourceHelp')}
          choices={DIGEST_SOURCES.map((value) => ({ value, label: t(`setEntry.digestSources.${value}`) }))}
        />
        <TextField
          name="expectedFormat"
          label={t('setEntry.format')}
          help={t('setEntry.formatHelp')}
          sample="tar.zst"
          lengthMax={100}
          isCode
        />
        <NumberField
          name="settleSeconds"
          label={t('setEntry.settle')}
          help={t('setEntry.settleHelp')}
          unit="s"
          min={1}
          max={86_400}
          required
        />
      </FormGroup>
      <WatchFields {...(set ? { set } : {})} />
    </>
  );
}
