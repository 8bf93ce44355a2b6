import { z } from 'zod';
import type { PartRef } from '../inventory/part.ts';
import type { Coverage, Substitute, SubstitutedSpare } from './coverage.service.ts';
import { COVERAGE_VERDICTS, type CoverageVerdict, type Free, REQUIREMENT_VERDICTS } from './coverage.ts';
import type { Covered, CoveredSeat } from './pool-coverage.ts';
import type { CoveredSkill, SkilledPerson } from './skill-coverage.ts';

const named = z.object({ id: z.uuid(), name: z.string() });

const freeView = {
  free: z.int().describe('Without what is kept for emergencies'),
  freeWithReserve: z.int().describe('With the emergency reserve, which only an emergency may take'),
};

const demandView = {
  verdict: z.enum(REQUIREMENT_VERDICTS),
  needed: z.int(),
  ...freeView,
  short: z.int().describe('How many are missing even with the reserve'),
  shortWithoutReserve: z.int(),
  neededBy: z
    .array(z.object({ service: named, text: z.string(), quantity: z.int() }))
    .describe('More than one entry: they draw on the same pieces, and the needs are summed'),
};

const partView = z.object({
  id: z.uuid(),
  manufacturer: z.string(),
  partNumber: z.string(),
  name: z.string(),
  isRetired: z.boolean().describe('Taken out of use: name what is used now'),
});
const productView = z.object({ id: z.uuid(), vendor: z.string(), name: z.string(), version: z.string().nullable() });

const spareView = z.object({
  ...demandView,
  part: partView.nullable().describe('What the name means; null when it is unknown or ambiguous'),
  candidates: z.array(partView).describe('What an ambiguous name could mean'),
  places: z
    .array(z.object({ location: z.object({ id: z.uuid(), code: z.string() }), ...freeView }))
    .describe('Where it is free'),
  isAtLeast: z
    .boolean()
    .describe('Counting ended at 200 units, or at what is needed: there may be more, elsewhere too'),
  substitutes: z
    .array(
      z.object({
        part: partView,
        quantityForOne: z.int().describe('Pieces that stand for one of the part'),
        conditions: z.array(z.string()).describe('What has to be accepted'),
        ...freeView,
        standsFor: z.int().describe('Pieces of the part that it could stand for, without the reserve'),
        standsForWithReserve: z.int(),
        isRequiredToo: z.boolean().describe('The same services need this part itself too'),
      }),
    )
    .describe('What could stand in, counted in no verdict; looked for where the part itself does not cover'),
});

const seatView = z.object({
  ...demandView,
  product: productView.nullable().describe('What the name means; null when it is unknown or ambiguous'),
  candidates: z.array(productView).describe('What an ambiguous name could mean'),
  entitlements: z
    .array(named.extend(freeView))
    .describe('Seats of the contract; those that over-use allows do not count'),
});

/** As many persons as an answer names of each skill; the numbers count all. */
const PERSONS_MAX = 50;

const skillView = z.object({
  verdict: z.enum(REQUIREMENT_VERDICTS),
  skill: z.string(),
  service: named,
  readyCount: z.int().describe('Persons who have it now, unexpired, active and not gone'),
  ready: z.array(named).max(PERSONS_MAX),
  missingCount: z.int(),
  missing: z
    .array(named.extend({ because: z.string() }))
    .max(PERSONS_MAX)
    .describe('Who had it and counts no more, and why'),
});

/** The coverage of a service's requirements as the API shows it. */
export const coverageView = z.object({
  service: named,
  services: z.array(named).describe('Whose requirements count'),
  checkedAt: z.iso.datetime().describe('What is free was read at this moment; nothing is kept by it'),
  verdict: z.enum(COVERAGE_VERDICTS).describe('Over all spares, seats and skills'),
  summary: z.string(),
  spares: z.array(spareView),
  seats: z.array(seatView),
  skills: z.array(skillView),
});

export function viewOfCoverage(coverage: Coverage): z.input<typeof coverageView> {
  const { service, services, checkedAt, verdict, spares, seats, skills } = coverage;
  return {
    service,
    services: [...services],
    checkedAt: checkedAt.toString(),
    verdict,
    summary: summaryOf(coverage),
    spares: spares.map(viewOfSpare),
    seats: seats.map(viewOfSeat),
    skills: skills.map(viewOfSkill),
  };
}

const SUMMARIES: Readonly<Record<CoverageVerdict, string>> = {
  covered: 'Every required spare, seat and skill is there, without the emergency reserve',
  'covered only with the reserve': 'Every required spare, seat and skill is there, but only with the emergency reserve',
  short: 'Something that is required is not there, not even in the emergency reserve',
  unknown: 'Nobody can say: a required part, product or skill is unknown or ambiguous',
  'none declared': 'The service declares no requirements',
};

function summaryOf({ verdict, skills, spares, seats }: Coverage): string {
  const shared = [...spares, ...seats].filter(({ neededBy }) => neededBy.length > 1).length;
  return [
    SUMMARIES[verdict],
    ...(shared > 0 ? [`${shared} of them ${shared === 1 ? 'is' : 'are'} needed more than once, from one pool`] : []),
    ...skills.filter(({ verdict }) => verdict === 'short').map(shortInWords),
  ].join('. ');
}

function shortInWords({ stated, missing }: CoveredSkill): string {
  const because = missing.slice(0, 3).map(({ name, missingBecause }) => `${name}: ${missingBecause}`);
  const more = missing.length > 3 ? [`${missing.length - 3} more`] : [];
  return `Nobody has the skill ${stated.text} now${missing.length > 0 ? ` (${[...because, ...more].join('; ')})` : ''}`;
}

function viewOfSkill({ stated, verdict, ready, missing }: CoveredSkill): z.input<typeof skillView> {
  return {
    verdict,
    skill: stated.text,
    service: stated.service,
    readyCount: ready.length,
    ready: ready.slice(0, PERSONS_MAX).map(viewOfPerson),
    missingCount: missing.length,
    missing: missing
      .slice(0, PERSONS_MAX)
      .map((person) => ({ ...viewOfPerson(person), because: person.missingBecause ?? '' })),
  };
}

const viewOfPerson = ({ id, name }: SkilledPerson) => ({ id, name });

function viewOfDemand({ verdict, needed, free, neededBy }: Covered<{ readonly id: string }>) {
  const isKnown = verdict === 'covered' || verdict === 'covered from reserve' || verdict === 'short';
  return {
    verdict,
    needed,
    ...viewOfFree(free),
    short: isKnown ? Math.max(0, needed - free.withReserve) : needed,
    shortWithoutReserve: isKnown ? Math.max(0, needed - free.ordinary) : needed,
    neededBy: [...neededBy],
  };
}

function viewOfFree({ ordinary, withReserve }: Free) {
  return { free: ordinary, freeWithReserve: withReserve };
}

function viewOfSpare(spare: SubstitutedSpare): z.input<typeof spareView> {
  return {
    ...viewOfDemand(spare),
    part: spare.thing && viewOfPart(spare.thing),
    candidates: spare.candidates.map(viewOfPart),
    places: spare.places.map((place) => ({ location: place.location, ...viewOfFree(place) })),
    isAtLeast: spare.isAtLeast,
    substitutes: spare.substitutes.map(viewOfSubstitute),
  };
}

function viewOfSubstitute({ part, quantityPerDevice, conditions, free, isRequiredToo }: Substitute) {
  return {
    part: viewOfPart(part),
    quantityForOne: quantityPerDevice,
    conditions: [...conditions],
    ...viewOfFree(free),
    standsFor: Math.floor(free.ordinary / quantityPerDevice),
    standsForWithReserve: Math.floor(free.withReserve / quantityPerDevice),
    isRequiredToo,
  };
}

function viewOfPart({ id, manufacturer, partNumber, name, isRetired }: PartRef): z.input<typeof partView> {
  return { id, manufacturer, partNumber, name, isRetired };
}

function viewOfSeat(seat: CoveredSeat): z.input<typeof seatView> {
  return {
    ...viewOfDemand(seat),
    product: seat.thing && viewOfProduct(seat.thing),
    candidates: seat.candidates.map(viewOfProduct),
    entitlements: seat.entitlements.map(({ id, name, free }) => ({ id, name, ...viewOfFree(free) })),
  };
}

function viewOfProduct({ id, vendor, name, productVersion }: CoveredSeat['candidates'][number]) {
  return { id, vendor, name, version: productVersion };
}
