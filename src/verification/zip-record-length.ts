import { localLength } from './zip-local.ts';
import { CENTRAL_BYTES, END_BYTES, LOCAL_BYTES, SIGNATURE, ZIP64_LOCATOR_BYTES } from './zip-records.ts';

const ZIP64_END_START_BYTES = 12;

/** Length of the record that begins here, as far as it must be in memory. */
export function recordLength(bytes: Buffer, at: number, have: number): number {
  if (have < 4) return 4;
  switch (bytes.readUInt32LE(at)) {
    case SIGNATURE.local:
      return have < LOCAL_BYTES ? LOCAL_BYTES : localLength(bytes, at);
    case SIGNATURE.central:
      if (have < CENTRAL_BYTES) return CENTRAL_BYTES;
      return CENTRAL_BYTES + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    case SIGNATURE.zip64End:
      return ZIP64_END_START_BYTES;
    case SIGNATURE.zip64Locator:
      return ZIP64_LOCATOR_BYTES;
    case SIGNATURE.end:
      return END_BYTES;
    default:
      return 4;
  }
}
