import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whose signal a run answers, and lists of runs and tool calls in pages. */
export class AddExecutionSource1795219200003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX execution_by_sequence, execution_by_status');
    await runner.query('DROP INDEX tool_call_by_sequence, tool_call_by_execution');
    await runner.query('ALTER TABLE execution DROP COLUMN source');
  }
}

const statements = [
  'ALTER TABLE execution ADD COLUMN source text',
  'CREATE INDEX execution_by_sequence ON execution (sequence)',
  'CREATE INDEX execution_by_status ON execution (status, sequence)',
  'CREATE INDEX tool_call_by_sequence ON tool_call (sequence)',
  'CREATE INDEX tool_call_by_execution ON tool_call (execution_id, sequence)',
];
