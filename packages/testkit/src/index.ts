/**
 * What the packages are tested with, and what third parties can test theirs with: one compliance suite for each port (`discoveryStoreCompliance`,
 * `storageCompliance`, `slowReaderCompliance`), and a client that sees Discovery's HTTP as bytes. The simulations of the cluster protocol and of clocks have
 * their own ways in: `./sim` and `./clock-sim`.
 */
export { type HttpAnswer, HttpEventStream, httpCall, type StreamItem } from './discovery-http.ts'
export { type DiscoveryStoreFactory, type DiscoveryStoreUnderTest, discoveryStoreCompliance } from './discovery-store-compliance.ts'
export { type ReadingPath, type SlowReading, slowReaderCompliance } from './slow-reader-compliance.ts'
export { type SuiteRunner, storageCompliance } from './storage-compliance.ts'
