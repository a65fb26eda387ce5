import { token } from '@signalbox/contracts';
import type { JsonObject } from '@signalbox/kernel';
import { z } from 'zod';
import { carefulFields, requestTimeoutMs } from '../gateway-config/fields.schema.ts';
import type { Tool, ToolCall, ToolDefinition, ToolResult } from '../ports/tool.port.ts';
import {
  channelConfig,
  deliveryFor,
  severities,
  type Notification,
} from './notification-channels.ts';
import { sendMail } from './smtp-channel.ts';
import { ask, notConfigured, type Toolbox } from './toolbox.ts';

const NAME = 'send_notification';
const ANSWER_BYTES_MAX = 10_000;
const TITLE_CHARACTERS_MAX = 200;
const TEXT_CHARACTERS_MAX = 3_000;

export const notificationsConfig = z.strictObject({
  channels: z
    .record(token, channelConfig)
    .refine((channels) => Object.keys(channels).length > 0, 'names no channel'),
  timeoutMs: requestTimeoutMs.default(10_000),
  ...carefulFields,
});
export type NotificationsConfig = z.output<typeof notificationsConfig>;

/** Tells people, through one of the channels that the configuration names. */
export class NotificationTool implements Tool {
  readonly approvalRequired: boolean;
  readonly repeatable: boolean;
  readonly definition: ToolDefinition;

  constructor(
    private readonly config: NotificationsConfig | undefined,
    private readonly toolbox: Toolbox,
  ) {
    this.approvalRequired = config?.approval ?? false;
    this.repeatable = config?.repeatable ?? true;
    const names = Object.keys(config?.channels ?? {});
    this.definition = {
      name: NAME,
      description: 'Send a notification to people, through one of the configured channels.',
      inputSchema: {
        type: 'object',
        properties: {
          channel: { type: 'string', ...(names.length > 0 ? { enum: names } : {}) },
          // One line: it becomes a header of mails.
          title: {
            type: 'string',
            minLength: 1,
            maxLength: TITLE_CHARACTERS_MAX,
            pattern: '^[^\\x00-\\x1f\\x7f-\\x9f]*$',
          },
          text: { type: 'string', maxLength: TEXT_CHARACTERS_MAX },
          severity: { type: 'string', enum: [...severities] },
        },
        required: ['channel', 'title', 'text', 'severity'],
        additionalProperties: false,
      },
    };
  }

  async run(argumentsGiven: JsonObject, { callId, signal }: ToolCall): Promise<ToolResult> {
    const { config, toolbox } = this;
    if (!config) return notConfigured(NAME, 'notifications');
    const { channel: name, ...rest } = argumentsGiven;
    const channel = config.channels[String(name)];
    if (!channel) throw new Error('the arguments were not validated');
    const notification = rest as unknown as Notification;
    const { secrets, clock, http } = toolbox;
    const { timeoutMs } = config;
    if (channel.kind === 'smtp') {
      const { title, text, severity } = notification;
      const mail = { subject: `[${severity}] ${title}`, text, callId, date: clock.now() };
      return sendMail(channel, mail, { secrets, guard: http.guard, timeoutMs, signal });
    }
    const of = { notification, callId, now: clock.now(), secrets };
    const delivery = await deliveryFor(channel, of);
    const outcome = await ask(toolbox, `The channel ${String(name)}`, {
      ...delivery,
      method: 'POST',
      timeoutMs,
      bytesMax: ANSWER_BYTES_MAX,
      cut: true,
      signal,
    });
    if (outcome.status !== 'answered') return outcome;
    const result = { configured: true, channel: String(name), code: outcome.code };
    return { status: 'succeeded', result };
  }
}
