export type ByteEncoding = 'hex' | 'base64';

const alphabets: Readonly<Record<ByteEncoding, RegExp>> = {
  hex: /^(?:[0-9a-f]{2})+$/i,
  base64: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
};

/** The bytes that `text` spells, or undefined where Node would read what it can of it. */
export function decodeStrictly(text: string, encoding: ByteEncoding): Buffer | undefined {
  return text !== '' && alphabets[encoding].test(text) ? Buffer.from(text, encoding) : undefined;
}
