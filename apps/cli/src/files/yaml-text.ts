import { literal } from '../terminal/text.ts';

/** A value as a file in YAML, in which every character can be told from every other. */
export async function yamlText(value: unknown, heading: string): Promise<string> {
  const { Document, isScalar, visit } = await import('yaml');
  const document = new Document(value);
  document.commentBefore = ` ${heading}`;
  visit(document, (_key, node) => {
    if (!isScalar<string>(node) || typeof node.value !== 'string') return;
    // Only within these quotes can what is invisible be written as an escape.
    if (node.value.split('\n').some((line) => literal(line) !== line)) node.type = 'QUOTE_DOUBLE';
  });
  // A text that is broken into lines is hard to read, and harder to change.
  const text = document.toString({ lineWidth: 0, singleQuote: true }).trimEnd();
  return text.split('\n').map(literal).join('\n');
}
