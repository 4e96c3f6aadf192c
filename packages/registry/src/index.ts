export type { RegistryKind, RegistryRef, SensorKind } from './refs.ts'
