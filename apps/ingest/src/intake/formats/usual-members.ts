import type { Json, JsonObject } from '@signalbox/kernel';
import type { SignalDraft } from '../signal-format.ts';
import { at, firstText, isObject, textAt } from './json-path.ts';
import { labelsOfTags } from './tag-list.ts';
import { timeOf } from './time-said.ts';

/** Where senders put what they tell about, when not at the top. */
const WITHIN = ['alert', 'event', 'incident', 'issue', 'data', 'payload', 'details'];
const TYPES = ['type', 'event_type', 'eventType', 'kind', 'event', 'alertname'];
const TITLES =
  'title summary subject alertname alert_name message msg text description reason name'.split(' ');
const SEVERITIES = ['severity', 'level', 'priority', 'urgency'];
const STATES = ['status', 'state', 'alert_status', 'event_action'];
const OVER =
  /^(resolved?|ok(ay)?|recover(y|ed)|closed?|clear(ed)?|normal|healthy|up|success|passed|fixed)$/i;
const STARTS = ['startsAt', 'starts_at', 'startedAt', 'started_at', 'start_time'];
const TIMES = ['timestamp', '@timestamp', 'time', 'date', 'occurred_at', 'created_at', 'createdAt'];

type Usual = Pick<SignalDraft, 'severity' | 'status' | 'labels' | 'problem' | 'startsAt'> & {
  readonly type: string | undefined;
  readonly title: string | undefined;
};

/** What the members mean that most senders of JSON give much the same names. */
export function usualMembersOf(body: Json | undefined): Usual {
  const places = placesIn(body);
  const first = <T>(find: (place: JsonObject) => T | undefined): T | undefined =>
    places.map(find).find((found) => found !== undefined);
  const text = (names: readonly string[]) => first((place) => firstText(place, names));
  const time = (names: readonly string[]) =>
    first((place) => names.map((name) => timeOf(at(place, name))).find(Boolean));
  const problem = first((place) => textAt(place, 'fingerprint'));
  return {
    type: text(TYPES),
    title: text(TITLES) ?? (typeof body === 'string' ? body : undefined),
    severity: text(SEVERITIES)?.toLowerCase(),
    status: OVER.test(text(STATES) ?? '') ? 'resolved' : 'firing',
    labels: Object.assign({}, ...places.map(labelsAt).toReversed()) as JsonObject,
    problem,
    // Of a problem the time of a report does not say when it began.
    startsAt: time(problem === undefined ? [...STARTS, ...TIMES] : STARTS),
  };
}

function placesIn(body: Json | undefined): readonly JsonObject[] {
  const top = Array.isArray(body) ? (body[0] as Json | undefined) : body;
  return isObject(top) ? [top, ...WITHIN.map((name) => at(top, name)).filter(isObject)] : [];
}

function labelsAt(place: JsonObject): JsonObject {
  return { ...labelsOfTags(at(place, 'tags')), ...labelsOfTags(at(place, 'labels')) };
}
