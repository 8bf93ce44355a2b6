import { z } from 'zod';
import { lineText } from '../kernel/text.ts';
import { retry } from './definition-retry.ts';
import { expectationSchema } from './expectation.ts';

/** Headers, and values in a document, that one probe sends or looks at. */
const NAMED_MAX = 20;

/** What a value of an answer must be: one value, since an answer has no rows. */
const valueExpectation = expectationSchema.refine(({ equals }) => !Array.isArray(equals), {
  path: ['equals'],
  message: 'must be one value',
});

const few = (named: Readonly<Record<string, unknown>>) => Object.keys(named).length <= NAMED_MAX;
const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/, 'must be the name of a header');
const pointer = z
  .string()
  .max(500)
  .regex(/^(\/([^~/]|~[01])*)+$/, 'must be a JSON pointer such as /status or /checks/0/name');
const status = z.int().min(100).max(599);

const expected = z
  .strictObject({
    status: z
      .union([status, z.array(status).min(1).max(NAMED_MAX)], { error: 'must be a status, or a list of them' })
      .default(200)
      .describe('The status that is expected, or those that will do; nobody follows a redirect'),
    headers: z
      .record(headerName, valueExpectation)
      .refine(few, `must name ${NAMED_MAX} headers at most`)
      .default({})
      .describe('What headers of the answer must be'),
    body: valueExpectation.optional().describe('What the body must be, as text'),
    json: z
      .record(pointer, valueExpectation)
      .refine(few, `must name ${NAMED_MAX} values at most`)
      .default({})
      .describe('What values of a JSON body must be, each by its JSON pointer (RFC 6901): /status'),
  })
  .prefault({})
  .describe('What the answer must be');

/** What a step or a check asks over HTTP, and what must be answered. */
const httpFields = {
  name: lineText(200).optional().describe('What is asked, for the report; service and path, or host, unless stated'),
  service: lineText(63).optional().describe('The serve step that is asked, over the socket on which it listens'),
  path: z
    .string()
    .max(2000)
    .regex(/^\/[\x21-\x7e]*$/, 'must begin with / and have no spaces')
    .optional()
    .describe('Of a service: path and query; / unless stated'),
  url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .optional()
    .describe('Instead of a service: an address that the administrator allows (MUSTER_EGRESS_ALLOW)'),
  method: z.enum(['GET', 'HEAD']).default('GET'),
  headers: z
    .record(headerName, z.string().max(2000))
    .refine(few, `must name ${NAMED_MAX} headers at most`)
    .default({})
    .describe('Headers of the request; no secrets: the definition is in the report'),
  expect: expected,
  timeoutSeconds: z.int().min(1).max(3600).default(10).describe('The answer must be whole by then; of each try'),
  retry,
} as const;

const fields = z.strictObject(httpFields);

/** What is asked over HTTP, as a definition holds it. */
export type HttpProbe = z.infer<typeof fields>;

/** The fields of a probe beside those of the step or check that it is. */
export function probeSchema<Extra extends z.ZodRawShape>(extra: Extra) {
  return z
    .strictObject({ ...extra, ...httpFields })
    .refine((probe) => isOneOf(probe as HttpProbe), { message: 'must name either a service or a url' })
    .refine((probe) => !hasStrayPath(probe as HttpProbe), { path: ['path'], message: 'a url has its path in it' });
}

const isOneOf = ({ service, url }: HttpProbe) => (service === undefined) !== (url === undefined);
const hasStrayPath = ({ url, path }: HttpProbe) => url !== undefined && path !== undefined;
