/**
 * `npm run log-fuzz`: damages recordings at random and reads them; what the format can tell is wrong must never be returned.
 *
 * Options: `-- --seeds 20000 --from 1`. Ends with 1 at the first seed that goes wrong, and names it.
 */
import { parseArgs } from 'node:util'
import { fuzz } from '../tests/logs/support/fuzz.ts'

const { values } = parseArgs({ options: { seeds: { type: 'string', default: '20000' }, from: { type: 'string', default: '1' } } })
const { whole, shorter, refused } = await fuzz(Number(values.from), Number(values.seeds))
console.log(
  `${values.seeds} damaged recordings read and gone on with: ${whole} lost nothing, ${shorter} lost entries, ${refused} were refused`
)
