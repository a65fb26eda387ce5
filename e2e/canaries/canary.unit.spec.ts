import { CanaryFinder, canaryOf, newValue, spellingsOf } from './canary.ts';
import { CanaryWatch } from './watch.ts';

const bytes = 'a1b2c3d4e5f6a1b2c3d4/+&="%';
const value = newValue();

describe.each([
  ['one of ours', value],
  ['one of somebody else', bytes],
  ['a URL', `https://a.test/${newValue('')}`],
  ['a name and a password', `user:${value}`],
  ['the text of a key', `whsec_${Buffer.from(newValue('')).toString('base64')}`],
])('a canary that is %s', (_, text) => {
  const finder = new CanaryFinder([canaryOf('a slot', text)]);

  it.each(spellingsOf(text))(
    'GTW-8: is found as $form, among other things',
    ({ text: written }) => {
      expect(finder.find(`before ${written} behind`)).toMatchObject([{ slot: 'a slot' }]);
    },
  );

  it('GTW-8: is found in base64, whatever stands around it', () => {
    for (const before of ['', 'a', 'ab', 'abc']) {
      const encoded = Buffer.from(`${before}${text} behind`);
      expect(finder.find(encoded.toString('base64'))).toHaveLength(1);
      expect(finder.find(encoded.toString('base64url'))).toHaveLength(1);
    }
  });

  it('GTW-8: is found in JSON within JSON', () => {
    expect(finder.find(JSON.stringify(JSON.stringify({ text })))).toHaveLength(1);
  });

  it('GTW-8: is shown to nobody', () => {
    const found = JSON.stringify(finder.find(text)) + finder.masked(`<${text}>`);
    expect(finder.find(found)).toEqual([]);
  });

  it('is not found where it is not', () => {
    expect(finder.find(`before ${text.slice(0, 5)} behind`)).toEqual([]);
  });
});

describe('a canary of ours', () => {
  const finder = new CanaryFinder([canaryOf('a slot', value)]);
  const bytesOf = (text: string) => [...Buffer.from(text)];
  const hexOf = (byte: number) => byte.toString(16).padStart(2, '0');
  const base64 = Buffer.from(`${'x'.repeat(43)}${value}`).toString('base64');
  const dump = bytesOf(value).map(hexOf);

  it.each([
    ['base64 with line breaks', base64.replace(/.{64}/g, '$&\r\n')],
    ['base64 with line breaks, in JSON', JSON.stringify(base64.replace(/.{64}/g, '$&\n'))],
    ['a dump with blanks', dump.join(' ')],
    ['a dump with colons', dump.join(':').toUpperCase()],
    ['a URL of escapes alone', dump.map((hex) => `%${hex}`).join('')],
    ['a URL in a URL', dump.map((hex) => `%25${hex.toUpperCase()}`).join('')],
    ['JSON of escapes alone', dump.map((hex) => `\\u00${hex}`).join('')],
    ['bytes of a program', dump.map((hex) => `\\x${hex}`).join('')],
    ['HTML in numbers', [...value].map((unit) => `&#${unit.charCodeAt(0)};`).join('')],
    ['HTML in hexadecimal', dump.map((hex) => `&#x${hex};`).join('')],
    ['quoted-printable', value.replace(/.{5}/, '$&=\r\n')],
    ['something with nothing to see', [...value].join('\u200b')],
    ['bytes with nothing to see', Buffer.from([...value].join('\u200b')).toString('latin1')],
    ['colours', [...value].join('\u001b[1m')],
    ['colours in JSON', JSON.stringify([...value].join('\u001b[0;31m'))],
  ])('GTW-8: is found in %s', (_, text) => {
    expect(finder.find(`before ${text} behind`)).toHaveLength(1);
    expect(finder.find(`before ${text.slice(0, 7)} behind`)).toEqual([]);
  });
});

describe('what was seen', () => {
  it('GTW-8: names the slot, the spelling and the place', () => {
    const watch = new CanaryWatch();
    watch.put('one', value);
    watch.put('other', newValue());
    watch.see('a log', `with ${value}`);
    watch.received(['one'], 'the peer', value);
    watch.received([], 'somebody else', encodeURIComponent(value));
    expect(watch.takeReport()).toMatchObject({
      found: ['one (URL) in what somebody else received', 'one (plain) in a log'],
      used: ['one'],
      slots: ['one', 'other'],
    });
    expect(watch.unused).toEqual(['other']);
    expect(watch.takeReport().found).toEqual([]);
  });

  it('GTW-8: a piece of a canary is one, whosever it is', () => {
    const watch = new CanaryWatch();
    watch.put('one', value);
    watch.see('a log', newValue().slice(0, 12));
    expect(watch.takeReport().found).toEqual(['some slot (a piece) in a log']);
  });
});
