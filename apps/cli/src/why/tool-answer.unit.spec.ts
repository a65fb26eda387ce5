import { toolAnswer } from './tool-answer.ts';

const mcp = (text: string) => ({
  content: [{ type: 'text', text }],
  structuredContent: { content: text },
});

describe('the answer of a tool', () => {
  it('AUD-3: is its text, once, in lines', () => {
    expect(toolAnswer(mcp('# Checkout\n\nTakes a basket.\r\nOwner: payments.'))).toEqual({
      first: '# Checkout',
      more: ['Takes a basket.', 'Owner: payments.'],
    });
  });

  it('is cut after six lines, and says so', () => {
    const { more } = toolAnswer(mcp('a\nb\nc\nd\ne\nf\ng\nh'));
    expect(more).toEqual(['b', 'c', 'd', 'e', 'f', '… 2 more lines, whole with --json']);
  });

  it('is JSON where it is no text of MCP', () => {
    expect(toolAnswer({ exitCode: 0 })).toEqual({ first: '{"exitCode":0}', more: [] });
    expect(toolAnswer('ok').first).toBe('"ok"');
    expect(toolAnswer(null).first).toBe('null');
  });

  it('names what cannot be shown', () => {
    expect(toolAnswer({ content: [{ type: 'image', data: 'AAAA' }, 7] })).toEqual({
      first: '[image]',
      more: ['7'],
    });
    expect(toolAnswer({ content: [] }).first).toBe('(no text)');
  });
});
