/**
 * Headers of our messages: CloudEvents 1.0 in NATS binary mode (prefix `ce-`), W3C Trace Context,
 * and ours. https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/nats-protocol-binding.md
 */
export const headerNames = {
  specVersion: 'ce-specversion',
  id: 'ce-id',
  type: 'ce-type',
  source: 'ce-source',
  subject: 'ce-subject',
  time: 'ce-time',
  dataSchema: 'ce-dataschema',
  contentType: 'content-type',
  traceparent: 'traceparent',
  correlationId: 'signalbox-correlation-id',
  causationId: 'signalbox-causation-id',
  actor: 'signalbox-actor',
  epoch: 'signalbox-epoch',
  version: 'signalbox-version',
  schemaVersion: 'signalbox-schema-version',
  replyTo: 'signalbox-reply-to',
  lane: 'signalbox-lane',
} as const;
