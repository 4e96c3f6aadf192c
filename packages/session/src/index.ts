export type {
  DetectionLogEntry,
  LogAvailable,
  LogExtent,
  LogHead,
  LogRef,
  PoseLogEntry,
  PoseSource,
  ResourceEntry,
  ResourceVariant,
  SensorLogEntry,
  SensorSummary,
  TimeTransformLogEntry,
  TimeTransformSource,
  WriterMode
} from './resource-entry.ts'
