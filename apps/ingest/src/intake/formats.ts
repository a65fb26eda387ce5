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
  genericFormat,
  jsonFormat,
];

/** What a source's configuration may name as its format. */
export const formatNames: readonly string[] = formats.map(({ name }) => name);

/** The format that is configured, or that the path names, or else the first that recognises it. */
export function formatOf(delivery: Delivery): SignalFormat {
  const named = (name: string | undefined) => formats.find((format) => format.name === name);
  return (
    named(delivery.format) ??
    named(delivery.source) ??
    formats.find((format) => format.recognises(delivery)) ??
    jsonFormat
  );
}
