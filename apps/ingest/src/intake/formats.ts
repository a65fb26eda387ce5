import { alertmanagerFormat } from './alertmanager.format.ts';
import type { Delivery } from './delivery.ts';
import { genericFormat } from './generic.format.ts';
import type { SignalFormat } from './signal-format.ts';

/** Tried in this order; the last one takes everything. To add a format, add its file here. */
const formats: readonly SignalFormat[] = [alertmanagerFormat, genericFormat];

/** The format that the path names, or else the first that recognises the body. */
export function formatOf({ source, body }: Pick<Delivery, 'source' | 'body'>): SignalFormat {
  return (
    formats.find((format) => format.name === source) ??
    formats.find((format) => format.recognises(body)) ??
    genericFormat
  );
}
