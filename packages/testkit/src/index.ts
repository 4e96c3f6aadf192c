export { type HttpAnswer, HttpEventStream, httpCall, type StreamItem } from './discovery-http.ts'
export { type DiscoveryStoreFactory, type DiscoveryStoreUnderTest, discoveryStoreCompliance } from './discovery-store-compliance.ts'
export { type ReadingPath, type SlowReading, slowReaderCompliance } from './slow-reader-compliance.ts'
export { type SuiteRunner, storageCompliance } from './storage-compliance.ts'
