import type { Json, JsonObject } from '@signalbox/kernel';
import type { SignalDraft, SignalFormat } from '../signal-format.ts';
import { jsonFormat } from './json.format.ts';
import { at, firstText, isObject, textAt } from './json-path.ts';
import { timeOf } from './time-said.ts';

/** What shows a request to be of Slack, and what lets anybody post in the channel for a while. */
const SECRETS = ['token', 'response_url'];

/**
 * Callbacks of the Events API, and slash commands.
 * https://docs.slack.dev/apis/events-api/
 * https://docs.slack.dev/interactivity/implementing-slash-commands/
 */
export const slackFormat: SignalFormat = {
  name: 'slack',
  recognises: ({ body }) => isCallback(body) || isSlashCommand(body),
  read: (delivery) => {
    const { body } = delivery;
    if (!isCallback(body) && !isSlashCommand(body)) return jsonFormat.read(delivery);
    const payload = withoutSecrets(body);
    return [isSlashCommand(body) ? draftOfCommand(payload) : draftOfCallback(payload)];
  },
};

function isCallback(body: Json): body is JsonObject {
  return at(body, 'type') === 'event_callback' && textAt(body, 'event_id') !== undefined;
}

/** Whether it has what every slash command has: the command, and a name for this use of it. */
export function isSlashCommand(body: Json): body is JsonObject {
  return (
    isObject(body) &&
    textAt(body, 'command')?.startsWith('/') === true &&
    textAt(body, 'trigger_id') !== undefined
  );
}

function draftOfCommand(payload: JsonObject): SignalDraft {
  const command = textAt(payload, 'command');
  return {
    type: 'slash_command',
    title: [command, textAt(payload, 'text')].filter(Boolean).join(' '),
    status: 'firing',
    labels: {
      command,
      user: firstText(payload, ['user_name', 'user_id']),
      channel: firstText(payload, ['channel_name', 'channel_id']),
      team: firstText(payload, ['team_domain', 'team_id']),
    },
    event: textAt(payload, 'trigger_id'),
    payload,
  };
}

function draftOfCallback(payload: JsonObject): SignalDraft {
  const event = at(payload, 'event');
  const type = textAt(event, 'type') ?? 'event';
  return {
    type,
    title: textAt(event, 'text') ?? `${type} in Slack`,
    status: 'firing',
    labels: {
      user: textAt(event, 'user'),
      channel: textAt(event, 'channel'),
      team: textAt(payload, 'team_id'),
    },
    event: textAt(payload, 'event_id'),
    startsAt: timeOf(at(payload, 'event_time')),
    payload,
  };
}

function withoutSecrets(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !SECRETS.includes(name)));
}
