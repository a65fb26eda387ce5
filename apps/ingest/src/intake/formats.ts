import { AppError } from '@signalbox/kernel';
import type { Delivery } from './delivery.ts';
import { alertmanagerFormat } from './formats/alertmanager.format.ts';
import { cloudeventsFormat } from './formats/cloudevents.format.ts';
import { cloudwatchFormat } from './formats/cloudwatch.format.ts';
import { datadogFormat } from './formats/datadog.format.ts';
import { genericFormat } from './formats/generic.format.ts';
import { githubFormat } from './formats/github.format.ts';
import { grafanaFormat } from './formats/grafana.format.ts';
import { jsonFormat } from './formats/json.format.ts';
import { pagerdutyFormat } from './formats/pagerduty.format.ts';
import { sentryFormat } from './formats/sentry.format.ts';
import { slackFormat } from './formats/slack.format.ts';
import type { SignalFormat } from './signal-format.ts';

/** Tried in this order; the last one takes everything. To add a format, add its file here. */
const formats: readonly SignalFormat[] = [
  cloudeventsFormat,
  githubFormat,
  sentryFormat,
  cloudwatchFormat,
  alertmanagerFormat,
  grafanaFormat,
  pagerdutyFormat,
  datadogFormat,
  slackFormat,
  genericFormat,
  jsonFormat,
];

/** What a source's configuration may name as its format. */
export const formatNames: readonly string[] = formats.map(({ name }) => name);

/** Nobody's in particular: that they recognise a body does not tell that it is of no vendor. */
const unspecific: readonly SignalFormat[] = [genericFormat, jsonFormat];

/**
 * The format that is configured, or that the path names, or else the first that recognises it. A
 * path may be mixed up: a body that another format recognises, and its own does not, is of the
 * other one. Where the format is configured such a body is refused when it is read.
 */
export function formatOf(delivery: Delivery): SignalFormat {
  const named = (name: string | undefined) => formats.find((format) => format.name === name);
  const recognised = formats.find((format) => format.recognises(delivery)) ?? jsonFormat;
  const isOfAnother = (format: SignalFormat) =>
    !format.recognises(delivery) && !unspecific.includes(recognised);
  const configured = named(delivery.format);
  if (configured) return isOfAnother(configured) ? refusing(configured, recognised) : configured;
  const ofPath = named(delivery.source);
  return ofPath && !isOfAnother(ofPath) ? ofPath : recognised;
}

function refusing(format: SignalFormat, recognised: SignalFormat): SignalFormat {
  const problem = `is one of ${recognised.name}, but the source has the format ${format.name}`;
  return {
    ...format,
    read: (delivery) => {
      // It may know better which field is wrong.
      format.read(delivery);
      throw new AppError({
        code: 'format_mismatch',
        kind: 'invalid',
        message: `The body ${problem}.`,
        fields: [{ field: '', problem }],
      });
    },
  };
}
