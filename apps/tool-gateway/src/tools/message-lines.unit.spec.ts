import { answeredBy, MessageLines, type MessageLine } from './message-lines.ts';

function linesOf(text: string, pieceBytes: number): readonly MessageLine[] {
  const bytes = Buffer.from(text);
  const lines = new MessageLines();
  const found: MessageLine[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    found.push(...lines.take(bytes.subarray(at, at + pieceBytes)));
  }
  return found;
}

const textsOf = (lines: readonly MessageLine[]) =>
  lines.map((line) =>
    'text' in line ? line.text : [line.beginning.slice(0, 3), line.end.slice(-3)],
  );

describe('the lines of what an MCP server writes', () => {
  it.each([1, 2, 3, 1_000])('are the same in pieces of %d bytes', (pieceBytes) => {
    const text = '{"ä":1}\n\n  x\r\nlast';
    expect(textsOf(linesOf(text, pieceBytes))).toEqual(['{"ä":1}', '', '  x\r']);
  });

  it('of one that is too long only the ends are kept, and the next is whole', () => {
    const long = 'abc' + ','.repeat(250_001) + 'xyz';
    expect(textsOf(linesOf(`1\n${long}\n2\n`, 4_096))).toEqual(['1', ['abc', 'xyz'], '2']);
  });

  it('commas and brackets within text are no values', () => {
    const [line] = linesOf(`"\\"${',[{'.repeat(100_000)}"\n`, 4_096);
    expect(line).toMatchObject({ bytes: 300_004 });
  });

  it('of many bytes too', () => {
    const [line] = linesOf(`"${'x'.repeat(20_000_000)}"\n`, 65_536);
    expect(textsOf(line ? [line] : [])).toEqual([['"xx', 'xx"']]);
  });
});

describe('whose answer a line is that is too long', () => {
  it.each([
    [7, '{"jsonrpc":"2.0","id":7,"result":{', '}}'],
    [7, ' { "id" : 7 , "jsonrpc":"2.0"', '}}'],
    ['a-1', '{"id":"a-1","result":{', '}}'],
    [7, '{"result":{"content":[', ']},"jsonrpc":"2.0","id":7}\r'],
    [7, '{"result":{"content":[', ']}, "id": 7 , "jsonrpc" : "2.0" }'],
    ['none', '{"jsonrpc":"2.0","method":"notifications/message","params":{"x":"', '"}}'],
    ['none', '{"method":"x","params":{', '}}'],
    [undefined, '{"result":{"id":7,', '"id":7}}'],
    [undefined, '{"result":"', ',\\"id\\":7}"}'],
    [undefined, 'x', 'y'],
  ])('is %p of %s…%s', (id, beginning, end) => {
    expect(answeredBy({ beginning, end })).toBe(id);
  });
});
