import { jsonObject, parse, type JsonObject } from '@signalbox/kernel';
import type { SignalFormat } from '../signal-format.ts';
import { at, firstText, isObject, textAt } from './json-path.ts';

/** Where an event keeps what it is about, when not under its own name. */
const SUBJECTS = ['alert', 'issue', 'pull_request', 'release', 'head_commit'];
const NAMES = ['title', 'context', 'name', 'display_title', 'message', 'environment', 'summary'];
/** How something ended well, or ended. */
const OVER = ['success', 'neutral', 'skipped', 'inactive', 'closed', 'fixed', 'resolved'];
const DISMISSED = ['dismissed', 'auto_dismissed'];

/**
 * Webhooks of GitHub, every event of them: the header `X-GitHub-Event` says which.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */
export const githubFormat: SignalFormat = {
  name: 'github',
  recognises: ({ headers }) => headers['x-github-event'] !== undefined,
  read: ({ body, headers }) => {
    const payload = parse(jsonObject, body, 'github webhook');
    const event = headers['x-github-event'] ?? 'event';
    const subject = subjectOf(payload, event);
    const state = firstText(subject, ['conclusion', 'state']) ?? textAt(payload, 'action') ?? '';
    const repository = textAt(payload, 'repository', 'full_name');
    const words = [repository, event, state, nameOf(subject, payload)];
    return [
      {
        type: event,
        title: words.filter(Boolean).join(' '),
        severity: severityOf(subject)?.toLowerCase(),
        status: [...OVER, ...DISMISSED].includes(state) ? 'resolved' : 'firing',
        labels: {
          repository,
          action: textAt(payload, 'action'),
          state,
          branch: textAt(subject, 'head_branch') ?? textAt(payload, 'ref'),
          sender: textAt(payload, 'sender', 'login'),
          url: textAt(subject, 'html_url') ?? textAt(payload, 'compare'),
        },
        payload,
      },
    ];
  },
};

function subjectOf(payload: JsonObject, event: string): JsonObject {
  const found = [event, ...SUBJECTS].map((name) => at(payload, name));
  return found.find(isObject) ?? payload;
}

function nameOf(subject: JsonObject, payload: JsonObject): string | undefined {
  return (
    textAt(subject, 'security_advisory', 'summary') ??
    textAt(subject, 'rule', 'description') ??
    firstText(subject, ['secret_type_display_name', 'secret_type']) ??
    firstText(subject, NAMES) ??
    textAt(payload, 'workflow', 'name') ??
    firstText(payload, ['ref', 'zen'])
  );
}

function severityOf(alert: JsonObject): string | undefined {
  return (
    textAt(alert, 'security_vulnerability', 'severity') ??
    textAt(alert, 'security_advisory', 'severity') ??
    textAt(alert, 'rule', 'security_severity_level') ??
    textAt(alert, 'rule', 'severity')
  );
}
