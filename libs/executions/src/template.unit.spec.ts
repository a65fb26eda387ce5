import type { AppError, JsonObject } from '@signalbox/kernel';
import { fill, fillText, isWellFormed, placeholdersOf } from './template.ts';

const values = { service: 'checkout', region: 'eu-1' };

it('AUT-1: fills text at any depth, and leaves the rest', () => {
  const template: JsonObject = {
    target: '{{service}}',
    text: '{{ service }} in {{region}}, {not one}',
    list: ['{{region}}', 3, null, true],
    nested: { again: '{{service}}' },
  };
  expect(fill(template, values)).toEqual({
    target: 'checkout',
    text: 'checkout in eu-1, {not one}',
    list: ['eu-1', 3, null, true],
    nested: { again: 'checkout' },
  });
});

it('puts a value in as it is, also when it looks like a placeholder or a pattern', () => {
  const hostile = { service: '{{region}} $& $1', region: 'eu-1' };
  expect(fill({ target: '{{service}}' }, hostile)).toEqual({ target: '{{region}} $& $1' });
});

it.each(['nobody', 'constructor', '__proto__'])('refuses {{%s}}, naming what there is', (name) => {
  const filling = () => fill({ target: `{{${name}}}` }, values);
  expect(filling).toThrow(
    expect.objectContaining<Partial<AppError>>({
      code: 'unknown_placeholder',
      message: `{{${name}}} is no label of the signal; its labels: region, service.`,
    }),
  );
});

it('takes the labels of the signal, and only text', () => {
  expect(placeholdersOf({ labels: { service: 'checkout', count: 3 }, title: 'x' })).toEqual({
    service: 'checkout',
  });
  expect(placeholdersOf({})).toEqual({});
  expect(placeholdersOf('text')).toEqual({});
  expect(placeholdersOf({ labels: ['service'] })).toEqual({});
});

it('AGT-4: fills a text, and tells one that never can be from one that may', () => {
  expect(fillText('{{service}}-{{ region }}', values)).toBe('checkout-eu-1');
  expect(['{{service}}', 'db', 'a{b}', '{{a}}{{ b.c }}'].map(isWellFormed)).not.toContain(false);
  expect(['{{service', '{{}}', '{{a b}}', 'a}}'].map(isWellFormed)).not.toContain(true);
});
