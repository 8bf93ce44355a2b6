import { useTranslation } from 'react-i18next';
import { textOrNull } from '../parts/form-changes.ts';
import type { FieldPath } from '../parts/form-context.ts';
import {
  NumberField,
  PickField,
  RadioField,
  SecretField,
  TextField,
  TickField,
  useFieldValue,
} from '../parts/form-fields.tsx';
import { FormGroup } from '../parts/form-group.tsx';
import { type Found, LookupField } from '../parts/form-lookup.tsx';
import { LOCATIONS } from '../parts/lookups.ts';
import type { Repository } from './backup-api.ts';
import type { RepositoryBody } from './backup-bodies.ts';

const MIB = 1024 ** 2;
const KINDS = ['local', 'sftp', 's3'] as const;

/** What the fields of a repository hold. Those of the other kinds are empty. */
export interface RepositoryValues {
  readonly name: string;
  readonly kind: Repository['kind'];
  readonly root: string;
  readonly place: {
    readonly host?: string;
    readonly port?: number | null;
    readonly user?: string;
    readonly path?: string;
    readonly hostKey?: string;
    readonly endpoint?: string;
    readonly region?: string;
    readonly bucket?: string;
    readonly prefix?: string;
    readonly pathStyle?: boolean;
  };
  /** How SFTP logs in. */
  readonly login: 'password' | 'key';
  readonly credentials: Readonly<Record<string, string | undefined>>;
  readonly writable: boolean;
  readonly workerTag: string;
  readonly locationId: string | null;
  readonly readersMax: number | null;
  readonly rateMib: number | null;
}

export const NEW_REPOSITORY: RepositoryValues = {
  name: '',
  kind: 'local',
  root: '',
  place: { port: 22, region: 'us-east-1', prefix: '', pathStyle: true },
  login: 'password',
  credentials: {},
  writable: false,
  workerTag: 'default',
  locationId: null,
  readersMax: 1,
  rateMib: null,
};

/** The fields of one that is there; its credentials are never shown. */
export function valuesOfRepository(repository: Repository): RepositoryValues {
  const { name, kind, root, place, writable, workerTag, locationId, readersMax, bytesPerSecondMax } = repository;
  return {
    ...NEW_REPOSITORY,
    ...{ name, kind, writable, workerTag, locationId, readersMax },
    root: kind === 'local' ? root : '',
    place: place ? (({ kind: _, ...rest }) => rest)(place) : {},
    rateMib: bytesPerSecondMax === null ? null : bytesPerSecondMax / MIB,
  };
}

/** What is sent: the fields of its kind, and credentials only when some were typed. */
export function bodyOfRepository(values: RepositoryValues): RepositoryBody {
  const { name, kind, root, writable, workerTag, locationId, readersMax, rateMib } = values;
  const credentials = credentialsOf(values);
  return {
    name: name.trim(),
    ...(kind === 'local' ? { root: root.trim() } : { place: placeOf(values) }),
    ...(credentials ? { credentials } : {}),
    writable,
    workerTag: workerTag.trim(),
    locationId,
    readersMax: readersMax ?? 1,
    bytesPerSecondMax: rateMib === null ? null : Math.round(rateMib * MIB),
  };
}

function placeOf({ kind, place }: RepositoryValues): NonNullable<RepositoryBody['place']> {
  const text = (value: string | undefined) => value?.trim() ?? '';
  if (kind === 'sftp') {
    const { host, port, user, path, hostKey } = place;
    return { kind, host: text(host), port: port ?? 22, user: text(user), path: text(path), hostKey: text(hostKey) };
  }
  const { endpoint, region, bucket, prefix, pathStyle = true } = place;
  return {
    kind: 's3',
    ...{ endpoint: text(endpoint), bucket: text(bucket), prefix: text(prefix), pathStyle },
    region: text(region) || 'us-east-1',
  };
}

function credentialsOf({ kind, login, credentials }: RepositoryValues): RepositoryBody['credentials'] {
  const { password, privateKey, passphrase, accessKeyId, secretAccessKey, sessionToken } = credentials;
  if (kind === 'sftp' && login === 'password') return password ? { password } : undefined;
  if (kind === 'sftp') return privateKey ? { privateKey, ...(passphrase ? { passphrase } : {}) } : undefined;
  if (kind === 's3' && (accessKeyId || secretAccessKey)) {
    const token = textOrNull(sessionToken);
    return {
      accessKeyId: accessKeyId?.trim() ?? '',
      secretAccessKey: secretAccessKey ?? '',
      ...(token ? { sessionToken: token } : {}),
    };
  }
  return undefined;
}

export const fieldOfRepository = (path: FieldPath): FieldPath => (path[0] === 'bytesPerSecondMax' ? ['rateMib'] : path);

interface FieldsProps {
  /** The one that is changed; left out for a new one. Its kind is decided once. */
  readonly repository?: Repository;
  readonly location?: Found | undefined;
}

/** The fields of a repository, those of its kind among them. */
export function RepositoryFields({ repository, location }: FieldsProps) {
  const { t } = useTranslation('backups');
  const kind = useFieldValue<Repository['kind']>('kind') ?? repository?.kind ?? 'local';
  return (
    <>
      <FormGroup title={t('repositoryEntry.where')}>
        <TextField name="name" label={t('repository.name')} lengthMax={200} required />
        {repository ? null : (
          <RadioField
            name="kind"
            label={t('repository.kindOf')}
            help={t('repositoryEntry.kindHelp')}
            choices={KINDS.map((value) => ({ value, label: t(`repository.kind.${value}`) }))}
          />
        )}
        {kind === 'local' ? (
          <TextField
            name="root"
            label={t('repository.root')}
            help={t('repositoryEntry.rootHelp')}
            lengthMax={4096}
            isCode
            required
          />
        ) : null}
      </FormGroup>
      {kind === 'sftp' ? <SftpFields isKnown={repository !== undefined} /> : null}
      {kind === 's3' ? <S3Fields isKnown={repository !== undefined} /> : null}
      <FormGroup title={t('repositoryEntry.use')}>
        <TickField name="writable" label={t('repositoryEntry.writable')} help={t('repositoryEntry.writableHelp')} />
        <TextField
          name="workerTag"
          label={t('repository.worker')}
          help={t('repositoryEntry.workerHelp')}
          lengthMax={32}
          isCode
          required
        />
        <LookupField
          name="locationId"
          label={t('repositoryEntry.location')}
          help={t('repositoryEntry.locationHelp')}
          lookup={LOCATIONS}
          known={location ? [location] : []}
        />
        <NumberField name="readersMax" label={t('repository.readers')} min={1} max={16} required />
        <NumberField
          name="rateMib"
          label={t('repository.rate')}
          help={t('repositoryEntry.rateHelp')}
          unit="MiB/s"
          digits={2}
          min={0.0625}
        />
      </FormGroup>
    </>
  );
}

function SftpFields({ isKnown }: { readonly isKnown: boolean }) {
  const { t } = useTranslation('backups');
  const login = useFieldValue<RepositoryValues['login']>('login') ?? 'password';
  const secret = isKnown ? { help: t('repositoryEntry.secretKept') } : { required: true };
  return (
    <FormGroup title={t('repository.kind.sftp')} text={t('repositoryEntry.egress', { rule: 'sftp://host:port' })}>
      <TextField name={['place', 'host']} label={t('repositoryEntry.host')} lengthMax={253} isCode required />
      <NumberField name={['place', 'port']} label={t('repositoryEntry.port')} min={1} max={65_535} required />
      <TextField name={['place', 'user']} label={t('repositoryEntry.user')} lengthMax={256} isCode required />
      <TextField
        name={['place', 'path']}
        label={t('repositoryEntry.path')}
        help={t('repositoryEntry.pathHelp')}
        lengthMax={900}
        isCode
        required
      />
      <TextField
        name={['place', 'hostKey']}
        label={t('repositoryEntry.hostKey')}
        help={t('repositoryEntry.hostKeyHelp')}
        sample="SHA256:…"
        lengthMax={50}
        isCode
        required
      />
      <PickField
        name="login"
        label={t('repositoryEntry.login')}
        choices={(['password', 'key'] as const).map((value) => ({
          value,
          label: t(`repositoryEntry.logins.${value}`),
        }))}
      />
      {login === 'password' ? (
        <SecretField
          name={['credentials', 'password']}
          label={t('repositoryEntry.password')}
          lengthMax={1000}
          {...secret}
        />
      ) : (
        <>
          <SecretField
            name={['credentials', 'privateKey']}
            label={t('repositoryEntry.privateKey')}
            lengthMax={20_000}
            rows={4}
            {...secret}
          />
          <SecretField name={['credentials', 'passphrase']} label={t('repositoryEntry.passphrase')} lengthMax={1000} />
        </>
      )}
    </FormGroup>
  );
}

function S3Fields({ isKnown }: { readonly isKnown: boolean }) {
  const { t } = useTranslation('backups');
  const secret = isKnown ? { help: t('repositoryEntry.secretKept') } : { required: true };
  return (
    <FormGroup title={t('repository.kind.s3')} text={t('repositoryEntry.egress', { rule: 'https://host:port' })}>
      <TextField
        name={['place', 'endpoint']}
        label={t('repositoryEntry.endpoint')}
        sample="https://"
        lengthMax={300}
        isCode
        required
      />
      <TextField name={['place', 'region']} label={t('repositoryEntry.region')} lengthMax={64} isCode required />
      <TextField name={['place', 'bucket']} label={t('repositoryEntry.bucket')} lengthMax={63} isCode required />
      <TextField
        name={['place', 'prefix']}
        label={t('repositoryEntry.prefix')}
        help={t('repositoryEntry.prefixHelp')}
        lengthMax={500}
        isCode
      />
      <TickField
        name={['place', 'pathStyle']}
        label={t('repositoryEntry.pathStyle')}
        help={t('repositoryEntry.pathStyleHelp')}
      />
      <SecretField
        name={['credentials', 'accessKeyId']}
        label={t('repositoryEntry.accessKey')}
        lengthMax={256}
        {...secret}
      />
      <SecretField
        name={['credentials', 'secretAccessKey']}
        label={t('repositoryEntry.secretKey')}
        lengthMax={1000}
        {...secret}
      />
      <SecretField
        name={['credentials', 'sessionToken']}
        label={t('repositoryEntry.sessionToken')}
        help={t('repositoryEntry.sessionTokenHelp')}
        lengthMax={10_000}
      />
    </FormGroup>
  );
}
