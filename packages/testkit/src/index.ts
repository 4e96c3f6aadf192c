export { type SuiteRunner, storageCompliance } from './storage-compliance.ts'
