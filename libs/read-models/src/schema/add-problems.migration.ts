import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What sources report on, and which signals were grouped. */
export class AddProblems1795219200002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE problem, problem_episode');
    await runner.query('ALTER TABLE decision DROP COLUMN grouped_with');
  }
}

const statements = [
  'ALTER TABLE decision ADD COLUMN grouped_with text',
  `CREATE TABLE problem (
    problem_id text PRIMARY KEY, source text NOT NULL, fingerprint text NOT NULL,
    type text NOT NULL, title text NOT NULL, severity text, status text NOT NULL,
    starts_at timestamptz NOT NULL, first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL, resolved_at timestamptz, reports integer NOT NULL,
    signal_id text NOT NULL, last_signal_id text NOT NULL, sequence bigint NOT NULL)`,
  'CREATE INDEX problem_by_status ON problem (status, sequence)',
  `CREATE TABLE problem_episode (
    problem_id text NOT NULL, signal_id text NOT NULL, starts_at timestamptz NOT NULL,
    opened_at timestamptz NOT NULL, sequence bigint NOT NULL,
    PRIMARY KEY (problem_id, signal_id))`,
];
