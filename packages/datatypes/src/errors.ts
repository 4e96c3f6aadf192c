import { AukiError } from '@auki/canonical'

/** A payload that cannot be written (`encode`) or read (`decode`) as its kind; `details`: `kind`, and for `decode` its length in `bytes`. */
export class PayloadError extends AukiError<'encode' | 'decode'> {
  override readonly name = 'PayloadError'
}
