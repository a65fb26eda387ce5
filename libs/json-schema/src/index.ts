export { type SchemaValidator, schemaValidator } from './schema-validator.ts';
