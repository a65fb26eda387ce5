import { UnsupportedMediaTypeException } from '@nestjs/common';
import { isSlashCommand } from '../../intake/formats/slack.format.ts';
import { at } from '../../intake/formats/json-path.ts';
import type { Dialect } from './signature-scheme.ts';

/**
 * What Slack sends beside events: the challenge when a URL is set up, and slash commands.
 * https://docs.slack.dev/reference/events/url_verification/
 * https://docs.slack.dev/interactivity/implementing-slash-commands/
 */
export const slackDialect: Dialect = {
  answerTo: (body) => {
    const challenge = at(body, 'challenge');
    const isAsked = at(body, 'type') === 'url_verification' && typeof challenge === 'string';
    return isAsked ? { challenge } : undefined;
  },
  readForm: (form) => {
    const fields = Object.fromEntries(form);
    if (isSlashCommand(fields)) return fields;
    throw new UnsupportedMediaTypeException(
      'Of the forms of Slack only a slash command is a signal. Interactive payloads are not taken.',
      { errorCode: 'form_unsupported' },
    );
  },
  // Whoever typed the command is shown the text.
  accepted: (message) => ({ text: message }),
};
