import { z } from 'zod';
import { lineText } from '../kernel/text.ts';
import { isRelativePath } from '../verification/manifest.ts';

/** As many lines as one allocation takes; what the service itself needs comes on top, and is bounded as well. */
const LINES_MAX = 40;

/** After so many days without being seen, a piece is on record only, and that is not enough. */
const SEEN_WITHIN_DAYS = 90;

/** The longest that a run waits for what is short. */
const WAIT_SECONDS_MAX = 4 * 3600;

const quantity = z.int().min(1).max(1000).default(1).describe('How many');

const from = lineText(100).optional().describe('Code of a location: take from there, and from below it, first');

const spareLine = z
  .union([
    z
      .strictObject({ part: lineText(200).describe('Part number, or manufacturer and part number'), quantity, from })
      .describe('So many pieces of a part: the system picks'),
    z
      .strictObject({ unit: lineText(80).describe('Asset tag or serial number of one unit') })
      .describe('This very unit'),
    z
      .strictObject({
        deviceModel: lineText(200).describe('Model, or manufacturer and model, of the devices that have failed'),
        quantity,
        acceptConditions: z.boolean().default(false).describe('Also take what fits under a condition only'),
      })
      .describe('What serves in the place of so many failed devices, the best fit first'),
  ])
  .describe('Spares: by part, by unit, or by the device that has failed');

const seatLine = z
  .strictObject({
    product: lineText(200).describe('The licensed product: of the entitlement that ends first'),
    quantity,
    assignee: lineText(120).optional().describe('Who or what sits on them; without it, the drill itself'),
  })
  .describe('Licence seats');

/** What a run holds while it goes on, so that it rehearses with what is really there. */
export const resourcesSchema = z
  .strictObject({
    ofService: z
      .boolean()
      .default(false)
      .describe('Hold what the register says that the recovery of the service needs: spares and seats'),
    spares: z.array(spareLine).max(LINES_MAX).default([]).describe('Spares besides those'),
    seats: z.array(seatLine).max(LINES_MAX).default([]).describe('Seats besides those'),
    seenWithinDays: z
      .int()
      .min(1)
      .max(3660)
      .default(SEEN_WITHIN_DAYS)
      .describe('A spare that nobody has seen for longer is on record only, and fails the availability'),
    waitSeconds: z
      .int()
      .min(0)
      .max(WAIT_SECONDS_MAX)
      .default(0)
      .describe('How long to wait for what is short; the wait counts as recovery time'),
  })
  .refine(({ ofService, spares, seats }) => ofService || spares.length + seats.length > 0, {
    message: 'must name a spare or a seat, or say ofService: true',
  })
  .describe('What the recovery needs besides the backup; held while the drill runs. Without it nothing is assessed');

/** What the scenario takes away: the run does not use it, whatever else is there. */
export const lostSchema = z
  .strictObject({
    locations: z
      .array(lineText(100))
      .max(100)
      .default([])
      .describe('Codes of locations: no spare there, and no repository there, can be used; all below them goes along'),
    repositories: z.array(lineText(200)).max(100).default([]).describe('Names of repositories that are gone'),
    hosts: z
      .array(lineText(100))
      .max(100)
      .default([])
      .describe('Tags of workers that are gone, and with them the repositories that only they reach'),
    data: z
      .array(
        z.string().min(1).max(1000).refine(isRelativePath, 'must be a relative path without . or .. or empty parts'),
      )
      .max(100)
      .default([])
      .describe(
        'Files and directories below what is extracted, by path or glob (cache/**): deleted before any step uses them',
      ),
    tables: z
      .array(z.string().min(1).max(200))
      .max(100)
      .default([])
      .describe(
        'Tables (schema.table, or table of the first schema that has it) whose rows are deleted from the scratch server when it has started: a later step must bring them back, and the validation compares each with what it held',
      ),
  })
  .refine(
    ({ locations, repositories, hosts, data, tables }) =>
      locations.length + repositories.length + hosts.length + data.length + tables.length > 0,
    { message: 'must name what is lost' },
  )
  .describe('What is lost in the scenario, and really withheld from the run');

export type DrillResources = z.infer<typeof resourcesSchema>;
export type LostThings = z.infer<typeof lostSchema>;
