import { useTranslation } from 'react-i18next';
import { textOrNull } from '../parts/form-changes.ts';
import { NumberField, SecretField, TextField, useFieldValue, WordsField } from '../parts/form-fields.tsx';
import { FormGroup } from '../parts/form-group.tsx';
import { LookupField } from '../parts/form-lookup.tsx';
import { WRITABLE_REPOSITORIES } from '../parts/lookups.ts';
import type { BackupSet } from './backup-api.ts';
import type { CapturedSetBody } from './backup-bodies.ts';
import { SourceFields } from './source-fields.tsx';
import { bodyOfWatch, newWatch, WatchFields, type WatchValues, watchOf } from './watch-fields.tsx';

const MIB = 1024 ** 2;
type Source = CapturedSetBody['source'];

/** The fields of a source: those of the other types are not shown. */
interface SourceValues {
  readonly type: Source['type'];
  readonly path?: string;
  readonly format?: 'tar.zst' | 'tar.gz' | 'zip';
  readonly exclude?: string[];
  readonly oneFileSystem?: boolean;
  readonly program?: string;
  readonly arguments?: string[];
  readonly fileName?: string;
  readonly packing?: 'none' | 'gzip' | 'zstd';
  readonly expectedFormat?: string | null;
  readonly timeLimitSeconds?: number | null;
  readonly host?: string;
  readonly port?: number | null;
  readonly database?: string;
  readonly user?: string;
  readonly sslMode?: 'disable' | 'require' | 'verify-full';
  readonly method?: 'auto' | 'dump' | 'base-backup';
  readonly excludedTables?: string[];
}

/** What the fields of a set hold whose backups Muster takes. */
export interface CapturedValues extends WatchValues {
  readonly name: string;
  readonly repositoryId: string | null;
  readonly source: SourceValues;
  readonly password: string;
  readonly recipients: string[];
  readonly rateMib: number | null;
}

const NEW_SOURCE: SourceValues = {
  type: 'directory',
  format: 'tar.zst',
  exclude: [],
  oneFileSystem: true,
  arguments: [],
  packing: 'zstd',
  timeLimitSeconds: 14_400,
  port: 5432,
  sslMode: 'verify-full',
  method: 'auto',
  excludedTables: [],
};

export const newCapturedSet = (repositoryId: string | null): CapturedValues => {
  const watch = newWatch();
  return {
    ...watch,
    schedule: { ...watch.schedule, cron: '0 2 * * *' },
    name: '',
    repositoryId,
    source: NEW_SOURCE,
    password: '',
    recipients: [],
    rateMib: null,
  };
};

export function valuesOfCaptured(set: BackupSet): CapturedValues {
  const { name, repositoryId, capture } = set;
  const fresh = newCapturedSet(repositoryId);
  if (!capture) return fresh;
  return {
    ...watchOf(set),
    ...{ name, repositoryId, password: '', recipients: capture.recipients },
    source: capture.source,
    rateMib: capture.bytesPerSecondMax === null ? null : capture.bytesPerSecondMax / MIB,
  };
}

function sourceOf(source: SourceValues): Source {
  const text = (value: string | undefined) => value?.trim() ?? '';
  switch (source.type) {
    case 'directory': {
      const { path, format = 'tar.zst', exclude = [], oneFileSystem = true } = source;
      return { type: 'directory', path: text(path), format, exclude, oneFileSystem };
    }
    case 'sqlite':
      return { type: 'sqlite', path: text(source.path) };
    case 'command': {
      const { program, arguments: given = [], fileName, packing = 'zstd', expectedFormat, timeLimitSeconds } = source;
      return {
        type: 'command',
        ...{ program: text(program), arguments: given, fileName: text(fileName), packing },
        expectedFormat: textOrNull(expectedFormat),
        timeLimitSeconds: timeLimitSeconds ?? 14_400,
      };
    }
    case 'postgresql': {
      const { host, port, database, user, sslMode = 'verify-full', method = 'auto', excludedTables = [] } = source;
      return {
        type: 'postgresql',
        ...{ host: text(host), port: port ?? 5432, database: text(database), user: text(user) },
        ...{ sslMode, method, excludedTables },
      };
    }
  }
}

/** What is sent for one that is there: its name and repository stay. A password is sent only when one was typed. */
export function changeOfCaptured(values: CapturedValues) {
  const { source, password, recipients, rateMib } = values;
  return {
    ...bodyOfWatch(values),
    source: sourceOf(source),
    recipients,
    ...(password ? { password } : {}),
    bytesPerSecondMax: rateMib === null ? null : Math.round(rateMib * MIB),
  };
}

export const bodyOfCaptured = (values: CapturedValues) => ({
  ...changeOfCaptured(values),
  name: values.name.trim(),
  repositoryId: values.repositoryId ?? '',
});

/** The fields of a set whose backups Muster takes. */
export function CapturedSetFields({ set }: { readonly set?: BackupSet }) {
  const { t } = useTranslation('backups');
  const type = useFieldValue<Source['type']>(['source', 'type']);
  return (
    <>
      {set ? null : (
        <FormGroup title={t('setEntry.where')}>
          <TextField name="name" label={t('set.name')} help={t('setEntry.nameHelp')} lengthMax={63} isCode required />
          <LookupField
            name="repositoryId"
            label={t('repository.one')}
            help={t('captureEntry.repositoryHelp')}
            lookup={WRITABLE_REPOSITORIES}
            required
          />
        </FormGroup>
      )}
      <SourceFields />
      <FormGroup title={t('captureEntry.how')}>
        {type === 'postgresql' ? (
          <SecretField
            name="password"
            label={t('repositoryEntry.password')}
            lengthMax={1000}
            {...(set?.capture?.hasPassword ? { help: t('repositoryEntry.secretKept') } : {})}
          />
        ) : null}
        <WordsField
          name="recipients"
          label={t('captureEntry.recipients')}
          help={t('captureEntry.recipientsHelp')}
          sample="age1…"
        />
        <NumberField
          name="rateMib"
          label={t('repository.rate')}
          help={t('repositoryEntry.rateHelp')}
          unit="MiB/s"
          digits={2}
          min={0.0625}
        />
      </FormGroup>
      <WatchFields {...(set ? { set } : {})} />
    </>
  );
}
