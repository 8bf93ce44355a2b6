import { AppError } from '../kernel/errors.ts';
import type { Job } from './job.ts';

/** Payloads name things; the things themselves lie elsewhere. */
const PAYLOAD_BYTES_MAX = 65_536;

/**
 * Checks a payload against its job's schema and answers the schema's output.
 * @throws AppError `invalid` naming the fields, or `too-large`.
 */
export function checkPayload(job: Job, payload: unknown): unknown {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    throw new AppError('invalid', 'invalid-job-payload', `The payload of ${job.name} must be an object`);
  }
  const sizeBytes = Buffer.byteLength(JSON.stringify(payload));
  if (sizeBytes > PAYLOAD_BYTES_MAX) {
    throw new AppError(
      'too-large',
      'job-payload-too-large',
      `The payload of ${job.name} has ${sizeBytes} bytes; ${PAYLOAD_BYTES_MAX} are allowed`,
    );
  }
  const parsed = job.payload.safeParse(payload);
  if (parsed.success) return parsed.data;
  throw new AppError('invalid', 'invalid-job-payload', `The payload does not fit the job ${job.name}`, {
    fields: parsed.error.issues.map((issue) => ({
      field: `#/payload${issue.path.map((key) => `/${String(key)}`).join('')}`,
      message: issue.message,
    })),
  });
}
