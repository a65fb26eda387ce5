import type { Json } from '@signalbox/kernel';
import { isObject } from './json-path.ts';

/** Labels out of `env:prod,service:checkout`, a list of such tags, or an object. */
export function labelsOfTags(said: Json | undefined): Readonly<Record<string, Json>> {
  if (isObject(said)) return said;
  const tags = typeof said === 'string' ? said.split(',') : Array.isArray(said) ? said : [];
  return Object.fromEntries(
    tags.filter((tag): tag is string => typeof tag === 'string' && tag.trim() !== '').map(labelOf),
  );
}

function labelOf(tag: string): [name: string, value: string] {
  const [name = '', ...value] = tag.trim().split(':');
  return [name, value.join(':') || 'true'];
}
