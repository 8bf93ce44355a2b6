import { useTranslation } from 'react-i18next';
import { NumberField, PickField, TextField, TickField, useFieldValue, WordsField } from '../parts/form-fields.tsx';
import { FormGroup } from '../parts/form-group.tsx';
import type { CapturedSetBody } from './backup-bodies.ts';

type Type = CapturedSetBody['source']['type'];

const TYPES = ['directory', 'postgresql', 'sqlite', 'command'] as const satisfies readonly Type[];

const plain = (values: readonly string[]) => values.map((value) => ({ value, label: value }));

/** What is backed up: its type, and the fields of that. */
export function SourceFields() {
  const { t } = useTranslation('backups');
  const type = useFieldValue<Type>(['source', 'type']) ?? 'directory';
  return (
    <FormGroup title={t('source.title')}>
      <PickField
        name={['source', 'type']}
        label={t('source.type')}
        choices={TYPES.map((value) => ({ value, label: t(`source.types.${value}`) }))}
      />
      {type === 'directory' ? <DirectoryFields /> : null}
      {type === 'sqlite' ? <PathField /> : null}
      {type === 'command' ? <CommandFields /> : null}
      {type === 'postgresql' ? <PostgresqlFields /> : null}
    </FormGroup>
  );
}

function PathField() {
  const { t } = useTranslation('backups');
  return (
    <TextField
      name={['source', 'path']}
      label={t('source.path')}
      help={t('source.pathHelp')}
      lengthMax={4096}
      isCode
      required
    />
  );
}

function DirectoryFields() {
  const { t } = useTranslation('backups');
  return (
    <>
      <PathField />
      <PickField name={['source', 'format']} label={t('source.format')} choices={plain(['tar.zst', 'tar.gz', 'zip'])} />
      <WordsField
        name={['source', 'exclude']}
        label={t('source.exclude')}
        help={t('source.excludeHelp')}
        sample="cache/**"
      />
      <TickField
        name={['source', 'oneFileSystem']}
        label={t('source.oneFileSystem')}
        help={t('source.oneFileSystemHelp')}
      />
    </>
  );
}

function CommandFields() {
  const { t } = useTranslation('backups');
  return (
    <>
      <TextField
        name={['source', 'program']}
        label={t('source.program')}
        help={t('source.programHelp')}
        lengthMax={100}
        isCode
        required
      />
      <WordsField name={['source', 'arguments']} label={t('source.arguments')} help={t('source.argumentsHelp')} />
      <TextField
        name={['source', 'fileName']}
        label={t('source.fileName')}
        help={t('source.fileNameHelp')}
        lengthMax={100}
        isCode
        required
      />
      <PickField name={['source', 'packing']} label={t('source.packing')} choices={plain(['zstd', 'gzip', 'none'])} />
      <TextField
        name={['source', 'expectedFormat']}
        label={t('setEntry.format')}
        help={t('setEntry.formatHelp')}
        lengthMax={100}
        isCode
      />
      <NumberField
        name={['source', 'timeLimitSeconds']}
        label={t('source.timeLimit')}
        unit="s"
        min={1}
        max={86_400}
        required
      />
    </>
  );
}

function PostgresqlFields() {
  const { t } = useTranslation('backups');
  return (
    <>
      <TextField
        name={['source', 'host']}
        label={t('repositoryEntry.host')}
        help={t('repositoryEntry.egress', { rule: 'postgresql://host:port' })}
        lengthMax={253}
        isCode
        required
      />
      <NumberField name={['source', 'port']} label={t('repositoryEntry.port')} min={1} max={65_535} required />
      <TextField name={['source', 'database']} label={t('source.database')} lengthMax={63} isCode required />
      <TextField
        name={['source', 'user']}
        label={t('repositoryEntry.user')}
        help={t('source.userHelp')}
        lengthMax={63}
        isCode
        required
      />
      <PickField
        name={['source', 'sslMode']}
        label={t('source.sslMode')}
        choices={plain(['verify-full', 'require', 'disable'])}
      />
      <PickField
        name={['source', 'method']}
        label={t('source.method')}
        choices={(['auto', 'dump', 'base-backup'] as const).map((value) => ({
          value,
          label: t(`source.methods.${value}`),
        }))}
      />
      <WordsField
        name={['source', 'excludedTables']}
        label={t('source.excludedTables')}
        help={t('source.excludedTablesHelp')}
        sample="public.sessions"
      />
    </>
  );
}
