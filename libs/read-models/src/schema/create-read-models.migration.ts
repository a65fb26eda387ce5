import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The tables as of the first release. Later changes are migrations of their own, and additive. */
export class CreateReadModels1795219200001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE signal, decision, execution, step, tool_call, approval, audit');
  }
}

const statements = [
  `CREATE TABLE signal (
    signal_id text PRIMARY KEY, source text NOT NULL, type text NOT NULL, title text NOT NULL,
    severity text, status text NOT NULL, fingerprint text NOT NULL, labels jsonb NOT NULL,
    starts_at timestamptz NOT NULL, received_at timestamptz NOT NULL, sequence bigint NOT NULL)`,
  `CREATE TABLE decision (
    signal_id text PRIMARY KEY, outcome text NOT NULL, decided_by text NOT NULL,
    risk_level text NOT NULL, target_kind text, target text, execution_id text,
    approval_required boolean NOT NULL, rule_id text, rule_name text, model jsonb,
    trace jsonb NOT NULL, message text NOT NULL, decided_at timestamptz NOT NULL,
    sequence bigint NOT NULL)`,
  `CREATE TABLE execution (
    execution_id text PRIMARY KEY, signal_id text NOT NULL, kind text NOT NULL,
    target text NOT NULL, objective text NOT NULL, risk_level text NOT NULL, status text NOT NULL,
    approval_required boolean NOT NULL, approval_id text, outcome text, started_at timestamptz,
    ended_at timestamptz, updated_at timestamptz NOT NULL, sequence bigint NOT NULL)`,
  `CREATE TABLE step (
    execution_id text NOT NULL, step integer NOT NULL, call_id text NOT NULL, kind text NOT NULL,
    name text NOT NULL, status text NOT NULL, answer text, started_at timestamptz NOT NULL,
    ended_at timestamptz, sequence bigint NOT NULL, PRIMARY KEY (execution_id, step, call_id))`,
  `CREATE TABLE tool_call (
    call_id text PRIMARY KEY, execution_id text NOT NULL, tool text NOT NULL, caller text NOT NULL,
    arguments jsonb NOT NULL, status text NOT NULL, repeatable boolean, approval_id text,
    gateway text, code text, message text, duration_ms double precision, claimed_at timestamptz,
    settled_at timestamptz, sequence bigint NOT NULL)`,
  `CREATE INDEX tool_call_unsettled ON tool_call (status, sequence)
    WHERE status IN ('claimed', 'unknown')`,
  `CREATE TABLE approval (
    approval_id text PRIMARY KEY, execution_id text NOT NULL, signal_id text NOT NULL,
    action jsonb NOT NULL, action_digest text NOT NULL, description text NOT NULL,
    risk_level text NOT NULL, status text NOT NULL, requested_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL, resolved_at timestamptz, resolved_by text, note text,
    sequence bigint NOT NULL)`,
  `CREATE INDEX approval_by_status ON approval (status, sequence)`,
  `CREATE TABLE audit (
    sequence bigint PRIMARY KEY, event_id text NOT NULL, type text NOT NULL, aggregate text NOT NULL, aggregate_id text NOT NULL,
    version integer NOT NULL, schema_version integer NOT NULL, time timestamptz NOT NULL,
    actor text NOT NULL, correlation_id text NOT NULL, causation_id text NOT NULL,
    epoch bigint NOT NULL, traceparent text, data jsonb NOT NULL)`,
  `CREATE INDEX audit_by_event ON audit (event_id)`,
  `CREATE INDEX audit_by_aggregate ON audit (aggregate_id, sequence)`,
  `CREATE INDEX audit_by_correlation ON audit (correlation_id, sequence)`,
  `CREATE INDEX audit_by_type ON audit (type, sequence)`,
  // Events come in the order of their time, so a few bytes per block are enough.
  `CREATE INDEX audit_by_time ON audit USING brin (time)`,
];
