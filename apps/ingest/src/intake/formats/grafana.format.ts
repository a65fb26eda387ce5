import type { SignalFormat } from '../signal-format.ts';
import { alertGroupSchema, draftsOfAlertGroup } from './alert-group.ts';
import { at } from './json-path.ts';

/**
 * The webhook contact point of Grafana's unified alerting: one signal for each alert.
 * https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
 */
export const grafanaFormat: SignalFormat = {
  name: 'grafana',
  recognises: ({ body }) => at(body, 'orgId') !== undefined && at(body, 'alerts') !== undefined,
  read: ({ body }) => draftsOfAlertGroup(body, alertGroupSchema, 'grafana webhook'),
};
