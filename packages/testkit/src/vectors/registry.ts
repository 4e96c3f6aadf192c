/** Checks of the registry vectors: entries, sources, ids, paths, axes, verification. */
import assert from 'node:assert/strict'
import { AukiError, contentHash, type Json, stringifyJson } from '@auki/canonical'
import {
  bytesOf,
  checkAxes,
  checkRegistryId,
  decodeEntry,
  encodeEntry,
  type FrameAxes,
  memoryStorage,
  type RegistryKind,
  type RegistryRef,
  RegistryStore,
  registryPath,
  verifyEntry
} from '@auki/registry'
import { encodeSource, type PoseSource, sourceHash } from '@auki/session'
import { kebab, type Vector, type VectorCheck } from './runner.ts'

export const checks: Readonly<Record<string, VectorCheck>> = {
  async registry_entry({ input, expected }) {
    const kind = input['registry'] as RegistryKind
    const { canonicalJson: _, ...entry } = decodeEntry(kind, stringifyJson(input['entry']!))
    const text = encodeEntry(kind, entry as never)
    assert.equal(text, expected['canonical'])
    assert.equal(contentHash(bytesOf(text)), expected['hash'])
    if (kind !== 'sensor') {
      const { ref } = await new RegistryStore(memoryStorage()).put(kind, entry as never)
      assert.equal(ref.hash, expected['hash'])
    }
  },

  source({ input, expected }) {
    const source = input['value'] as unknown as PoseSource
    assert.equal(encodeSource(source), expected['canonical'])
    assert.equal(sourceHash(source), expected['hash'])
  },

  id_rule({ input, expected }) {
    const refused = refusal(() => checkRegistryId(input['id'] as string))
    assert.deepEqual(refused?.message, expected['message'])
    assert.equal(refused === undefined, expected['accepted'])
  },

  registry_path({ input, expected }) {
    answer(expected, 'path', () => registryPath(input['registry'] as RegistryKind, refOf(input)))
  },

  frame_axes({ input, expected }) {
    const refused = refusal(() => checkAxes(input['axes'] as unknown as FrameAxes))
    assert.equal(refused === undefined, expected['valid'])
    assert.deepEqual(refused?.code, codeOf(expected))
  },

  verify_fetched({ input, expected }) {
    const text = input['canonical_json'] as string
    const verify = () => verifyEntry(input['registry'] as RegistryKind, refOf(input), bytesOf(text))
    const refused = refusal(verify)
    assert.equal(refused === undefined, expected['accepted'])
    assert.deepEqual(refused?.code, codeOf(expected))
    if (refused === undefined) assert.equal(verify().canonicalJson, text)
  }
}

/** The AukiError a call throws; `undefined` when it returns. */
export function refusal(call: () => unknown): AukiError | undefined {
  try {
    call()
    return undefined
  } catch (error) {
    if (error instanceof AukiError) return error
    throw error
  }
}

/** What a call returns is `expected[key]`, or it throws the code of the variant `expected.error`. */
export function answer(expected: Vector['expected'], key: string, call: () => unknown): void {
  if (expected['error'] === undefined) assert.deepEqual(call(), expected[key])
  else assert.equal(refusal(call)?.code, codeOf(expected))
}

function codeOf({ error }: Vector['expected']): string | undefined {
  return error === undefined ? undefined : kebab(error as string)
}

function refOf(input: Record<string, Json>): RegistryRef {
  return { peerId: input['peer_id'] as string, id: input['id'] as string, hash: input['hash'] as string }
}
