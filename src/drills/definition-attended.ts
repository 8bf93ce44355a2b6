import { z } from 'zod';
import { longText } from '../kernel/text.ts';

const phase = (instructions: string, timeoutSeconds: number) =>
  z
    .strictObject({
      instructions: longText(4000).default(instructions).describe('What the person is told'),
      timeoutSeconds: z
        .int()
        .min(1)
        .max(86_400)
        .default(timeoutSeconds)
        .describe('The drill fails when nobody has confirmed it by then'),
    })
    .prefault({});

/** People who take part before the recovery begins; without it the run is unattended, and their targets are not measured. */
export const attendedSchema = z
  .strictObject({
    respond: phase('Say that you have taken the alarm.', 3600).describe(
      'A named person takes the alarm; the time since the trigger is held against the respond target',
    ),
    plan: phase('Say that it is decided what will be done, and by whom.', 14_400).describe(
      'A named person says that it is decided what to do; the time since the response is held against the plan target',
    ),
  })
  .describe('The run waits for people first: the recovery time then counts what they take');

export type Attended = z.infer<typeof attendedSchema>;
export type AttendedPhase = Attended['respond'];
