export { type HttpAnswer, HttpEventStream, httpCall, type StreamItem } from './discovery-http.ts'
export { type DiscoveryStoreFactory, type DiscoveryStoreUnderTest, discoveryStoreCompliance } from './discovery-store-compliance.ts'
export { type SuiteRunner, storageCompliance } from './storage-compliance.ts'
