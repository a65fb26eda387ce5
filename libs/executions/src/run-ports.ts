import type { modelAnswered, modelCallRequested } from '@signalbox/contracts';
import type { DataOf } from '@signalbox/kernel';
import type { Run } from './execution.state.ts';

/** What a runner needs to know of the kill switch. */
export interface Control {
  readonly epoch: number;
  state(): 'running' | 'halted' | 'unknown';
  /** @throws AppError `unavailable` when nobody can say. */
  assertRunning(): void;
  /** Returns the function that ends it. */
  onHalt(listener: () => void): () => void;
}

/** The model of an agent, as a run asks it. */
export interface RunModel {
  /** Who will be asked, for the journal's intent. */
  readonly identity: Omit<DataOf<typeof modelCallRequested>, 'step'>;
  answer(run: Run, step: number, signal: AbortSignal): Promise<DataOf<typeof modelAnswered>>;
}
