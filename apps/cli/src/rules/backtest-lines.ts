/** The lines of a backtest as the API answers them, as far as the command reads them. */
export interface BacktestLine {
  readonly progress?: BacktestProgress;
  readonly changed?: ChangedSignal;
  readonly summary?: BacktestSummary;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface BacktestProgress {
  /** Signals. */
  readonly read: number;
  readonly changed: number;
  /** Part of the log, from 0 to 1. */
  readonly done: number;
}

export interface ChangedSignal {
  readonly signal_id: string;
  readonly source: string;
  readonly title: string;
  readonly before: VerdictAnswer;
  readonly after: VerdictAnswer;
}

export interface VerdictAnswer {
  readonly verdict: string;
  readonly rule?: string;
  readonly risk_level?: string;
  readonly automation_id?: string;
  readonly agent_id?: string;
  readonly trace: readonly TrialAnswer[];
}

export interface TrialAnswer {
  readonly rule_name: string;
  readonly matched: boolean;
  readonly reason: string;
}

export interface BacktestSummary {
  readonly since: string;
  readonly until: string;
  readonly signals: number;
  readonly changed: number;
  readonly same_by_another_rule: number;
  /** Repeats of open problems, which no rule decides. */
  readonly repeats: number;
  /** By verdict. */
  readonly before: Readonly<Record<string, number>>;
  readonly after: Readonly<Record<string, number>>;
  readonly transitions: readonly {
    readonly from: string;
    readonly to: string;
    readonly count: number;
  }[];
  /** Changed signals are counted that were not told. */
  readonly truncated: boolean;
  /** There were more signals than are compared. */
  readonly limit_reached: boolean;
}
