import { z } from 'zod';
import type { SignalFormat } from '../signal-format.ts';
import { alertGroupSchema, draftsOfAlertGroup } from './alert-group.ts';
import { at } from './json-path.ts';

const VERSION = '4';

const groupSchema = alertGroupSchema.extend({ version: z.literal(VERSION) });

/**
 * The webhook of Prometheus Alertmanager, version 4: one signal for each alert.
 * https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
export const alertmanagerFormat: SignalFormat = {
  name: 'alertmanager',
  recognises: ({ body }) => at(body, 'version') === VERSION && at(body, 'alerts') !== undefined,
  read: ({ body }) => draftsOfAlertGroup(body, groupSchema, 'alertmanager webhook'),
};
