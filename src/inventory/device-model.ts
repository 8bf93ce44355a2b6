import { z } from 'zod';
import type { Lifecycle } from '../kernel/retirement.ts';
import { lineText } from '../kernel/text.ts';

const fields = {
  manufacturer: lineText(80).describe('Who makes it'),
  model: lineText(120).describe('What its label says; unique with the manufacturer, whatever the case'),
};

/** A new model of device. */
export const newDeviceModelSchema = z.strictObject(fields);

/** A change: what is named replaces what was there. */
export const deviceModelChangeSchema = z
  .strictObject(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'must change at least one field' });

export type NewDeviceModel = z.infer<typeof newDeviceModelSchema>;
export type DeviceModelChange = z.infer<typeof deviceModelChangeSchema>;

/** A model of device that can fail, and that parts serve for. */
export interface DeviceModel extends Lifecycle {
  readonly id: string;
  readonly manufacturer: string;
  readonly model: string;
}
