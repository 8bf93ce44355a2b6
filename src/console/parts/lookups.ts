/** What can be chosen in forms, each found by the server. */
import { api } from '../api/client.ts';
import type { Found, Lookup } from './form-lookup.tsx';

const LIMIT = 30;

const matching = (found: readonly Found[], text: string): readonly Found[] =>
  found.filter(({ label }) => label.toLowerCase().includes(text.toLowerCase()));

const asked = (q: string) => (q ? { q, limit: LIMIT } : { limit: LIMIT });

/** Persons and teams: who can answer for something. */
export const OWNERS: Lookup = {
  kind: 'owner',
  find: async (q) => {
    const lists = await Promise.all(
      (['team', 'person'] as const).map((kind) =>
        api.GET('/holders', { params: { query: { ...asked(q), kind } } }).then(({ data }) => data?.items ?? []),
      ),
    );
    return lists.flat().map(({ id, name }) => ({ value: id, label: name }));
  },
};

/** Persons alone: who can be on call, or be named for a step. */
export const PERSONS: Lookup = {
  kind: 'person',
  find: async (q) => {
    const { data } = await api.GET('/holders', { params: { query: { ...asked(q), kind: 'person' } } });
    return (data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }));
  },
};

/** Locations in use, by their code or name. */
export const LOCATIONS: Lookup = {
  kind: 'location',
  find: async (q) => {
    const { data } = await api.GET('/locations', { params: { query: asked(q) } });
    return (data?.items ?? []).map(({ id, code, name }) => ({ value: id, label: `${code} · ${name}` }));
  },
};

/** Parts in use, by their number, name or manufacturer. */
export const PARTS: Lookup = {
  kind: 'part',
  find: async (q) => {
    const { data } = await api.GET('/parts', { params: { query: asked(q) } });
    return (data?.items ?? []).map(({ id, partNumber, name }) => ({ value: id, label: `${partNumber} · ${name}` }));
  },
};

/** The same, by the number that requirements name them by. */
export const PART_NUMBERS: Lookup = {
  kind: 'part number',
  find: async (q) => {
    const { data } = await api.GET('/parts', { params: { query: asked(q) } });
    return (data?.items ?? []).map(({ partNumber, name }) => ({ value: partNumber, label: `${partNumber} · ${name}` }));
  },
};

/** Models of devices in use. */
export const DEVICE_MODELS: Lookup = {
  kind: 'device model',
  find: async (q) => {
    const { data } = await api.GET('/device-models', { params: { query: asked(q) } });
    return (data?.items ?? []).map(({ id, manufacturer, model }) => ({ value: id, label: `${manufacturer} ${model}` }));
  },
};

/** Licensed products in use. */
export const PRODUCTS: Lookup = {
  kind: 'product',
  find: async (q) => {
    const { data } = await api.GET('/licence-products', { params: { query: asked(q) } });
    return (data?.items ?? []).map(({ id, vendor, name, productVersion }) => ({
      value: id,
      label: [vendor, name, productVersion].filter(Boolean).join(' '),
    }));
  },
};

const repositories = async (q: string, isWanted: (repository: { readonly writable: boolean }) => boolean) => {
  const { data } = await api.GET('/repositories', { params: { query: { limit: 200 } } });
  const found = (data?.items ?? []).filter((repository) => !repository.retired && isWanted(repository));
  return matching(
    found.map(({ id, name }) => ({ value: id, label: name })),
    q,
  );
};

/** Repositories in use. */
export const REPOSITORIES: Lookup = { kind: 'repository', find: (q) => repositories(q, () => true) };

/** Those that Muster may write into. */
export const WRITABLE_REPOSITORIES: Lookup = {
  kind: 'writable repository',
  find: (q) => repositories(q, ({ writable }) => writable),
};

/** The same, by the name that requirements use. */
export const PRODUCT_NAMES: Lookup = {
  kind: 'product name',
  find: async (q) => {
    const { data } = await api.GET('/licence-products', { params: { query: asked(q) } });
    return (data?.items ?? []).map(({ vendor, name }) => ({ value: name, label: `${vendor} ${name}` }));
  },
};

/** Services in use. */
export const SERVICES: Lookup = {
  kind: 'service',
  find: async (q) => {
    const { data } = await api.GET('/services', { params: { query: { limit: 200 } } });
    return matching(
      (data?.items ?? []).map(({ id, name }) => ({ value: id, label: name })),
      q,
    );
  },
};

/** Backup sets in use. */
export const BACKUP_SETS: Lookup = {
  kind: 'backup set',
  find: async (q) => {
    const { data } = await api.GET('/backup-sets', { params: { query: { limit: 200 } } });
    const used = (data?.items ?? []).filter(({ retired }) => !retired);
    return matching(
      used.map(({ id, name }) => ({ value: id, label: name })),
      q,
    );
  },
};

/** Fields of skills, by the names that requirements use. */
export const SKILLS: Lookup = {
  kind: 'skill',
  find: async (q) => {
    const { data } = await api.GET('/skill-fields', { params: { query: { limit: 200 } } });
    return matching(
      (data?.items ?? []).map(({ name }) => ({ value: name, label: name })),
      q,
    );
  },
};

/** Categories of parts. */
export const CATEGORIES: Lookup = {
  kind: 'category',
  find: async (q) => {
    const { data } = await api.GET('/part-categories', { params: { query: { limit: 200 } } });
    return matching(
      (data?.items ?? []).map(({ id, name }) => ({ value: id, label: name })),
      q,
    );
  },
};
