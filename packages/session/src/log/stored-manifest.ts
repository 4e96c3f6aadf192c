import { reasonOf } from '@auki/canonical'
import { type Storage, textOf } from '@auki/registry'
import { LogError } from '../errors.ts'
import { manifestPath } from './log-paths.ts'
import type { LogManifest } from './manifest.ts'
import { decodeManifest } from './manifest-codec.ts'
import { validateManifest } from './manifest-rules.ts'

/** The manifest in the directory of a log. @throws LogError `manifest` when there is none, or it can't be read; StorageError. */
export async function readManifest(storage: Storage, directory: string): Promise<LogManifest> {
  const bytes = await storage.read(manifestPath(directory))
  if (bytes === undefined) {
    throw new LogError('manifest', `manifest: there is none in "${directory}"; give the directory of a log`, { directory })
  }
  try {
    const manifest = decodeManifest(textOf(bytes))
    validateManifest(manifest)
    return manifest
  } catch (cause) {
    const message = `manifest: that of "${directory}" can't be read: ${reasonOf(cause)}`
    throw new LogError('manifest', message, { directory }, { cause })
  }
}
