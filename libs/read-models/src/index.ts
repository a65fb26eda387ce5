export type { AuditEntry } from './queries/audit-action.ts';
export { AUDIT_PAGE_MAX, type AuditFilter } from './queries/audit.query.ts';
export type { Status } from './queries/status.query.ts';
export type { Story } from './queries/why.query.ts';
export { connectReadModels, ReadModels, type ExecutionDetail } from './read-models.ts';
export { migrateReadModels, type ReadModelOptions } from './schema/read-model.schemas.ts';
export { rebuildReadModels, type StartReplay } from './schema/rebuild.ts';
export type { Approval, ToolCall, ToolCallStatus } from './schema/tables.ts';
export { ReadModelWriter } from './writing/read-model.writer.ts';
