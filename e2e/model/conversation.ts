/** A request as OpenAI's chat completions have it, as far as it is read here. */
export interface Asked {
  readonly messages: readonly { readonly role: string; readonly content: string | null }[];
  readonly tools?: readonly { readonly function: { readonly name: string } }[];
}

export interface ToolCall {
  readonly name: string;
  readonly arguments: object;
}

/** Words, or tools to use. */
export type Reply = { readonly text: string } | { readonly calls: readonly ToolCall[] };

export const isRouting = ({ tools = [] }: Asked): boolean =>
  tools.some((tool) => tool.function.name === 'route_to_agent');

/** How many tool results a conversation holds. */
export const resultsIn = ({ messages }: Asked): number =>
  messages.filter(({ role }) => role === 'tool').length;

/** Everything that is said in a conversation. */
export const textOf = ({ messages }: Asked): string =>
  messages.map(({ content }) => content ?? '').join('\n');

/** The router's model sends a signal to an agent, which nobody has to agree to. */
export function routedTo(agent: string, objective: string): Reply {
  const given = { agent_type: agent, objective, risk_level: 'low', reasoning: 'A case.' };
  return { calls: [{ name: 'route_to_agent', arguments: { ...given, confidence: 0.9 } }] };
}
