import { z } from 'zod';
import { isRelativePath } from '../verification/manifest.ts';
import { ISOLATIONS } from './script/isolation.ts';

const MIB = 1024 ** 2;

/** Which script a step or a check carries out, and how it is bounded. */
export const scriptFields = {
  script: z
    .string()
    .min(1)
    .max(500)
    .refine(isRelativePath, 'must be a relative path without . or .. or empty parts')
    .describe('Where it lies below drills/; it must be executable'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
    .describe('Of the script’s bytes: one that was changed is refused until the definition says so, too'),
  args: z
    .array(
      z
        .string()
        .max(1000)
        .regex(/^[^\0]*$/),
    )
    .max(50)
    .default([])
    .describe('Its arguments, as they stand here'),
  isolation: z
    .enum(ISOLATIONS)
    .default('namespaces')
    .describe(
      'namespaces: it sees the programs of the system and what it is given, and has no network; none: it runs as Muster does, and the report says so',
    ),
  cpuSeconds: z.int().min(1).max(86_400).default(3600).describe('CPU time of each of its processes'),
  memoryMiB: z.int().min(16).max(1_048_576).default(4096).describe('Address space of each of its processes'),
  fileMiB: z.int().min(1).max(16_777_216).default(102_400).describe('The largest file that it may write'),
} as const;

/** A script as a definition names it. */
export type ScriptWish = z.infer<z.ZodObject<typeof scriptFields>>;

/** Its limits in bytes and seconds. */
export function limitsOf({ cpuSeconds, memoryMiB, fileMiB }: ScriptWish) {
  return { cpuSeconds, memoryBytes: memoryMiB * MIB, fileBytes: fileMiB * MIB };
}
