import type { ToolResult } from '../ports/tool.port.ts';

interface Wait {
  readonly waitMaxMs: number;
  /** What counts as the tool's answer when they are up. */
  late(): ToolResult;
}

/** How long a tool is waited for, whether or not it heeds its signal. */
export interface Patience extends Wait {
  /** Instead, from the moment on at which `signal` tells it to stop. */
  readonly stop?: Wait & { readonly signal: AbortSignal };
}

/** The tool's answer, or what stands for it when it does not come; it may go on all the same. */
export function unlessDeaf(answer: Promise<ToolResult>, patience: Patience): Promise<ToolResult> {
  const { stop } = patience;
  return new Promise((resolve, reject) => {
    const within = ({ waitMaxMs, late }: Wait) => setTimeout(() => resolve(late()), waitMaxMs);
    let timer = within(patience);
    const hurry = () => {
      clearTimeout(timer);
      timer = within(stop ?? patience);
    };
    if (stop?.signal.aborted) hurry();
    stop?.signal.addEventListener('abort', hurry);
    void answer.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      stop?.signal.removeEventListener('abort', hurry);
    });
  });
}
