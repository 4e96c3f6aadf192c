import { encode } from 'jpeg-js'

/** Pixels. */
export const pictureWidth = 320
/** Pixels. */
export const pictureHeight = 240

/** After so many pictures it begins again. */
const picturesInLoop = 30
const jpegQuality = 60
const ballRadius = 24

/** A ball that goes round on a coloured ground, as JPEG. A picture is made when it is first asked for and kept: making one takes milliseconds. */
export class Film {
  readonly #pictures: Uint8Array[] = []

  picture(index: number): Uint8Array {
    const at = index % picturesInLoop
    this.#pictures[at] ??= draw(at / picturesInLoop)
    return this.#pictures[at]
  }
}

/** @param turn 0 to 1: how far the ball is round. */
function draw(turn: number): Uint8Array {
  const pixels = Buffer.alloc(pictureWidth * pictureHeight * 4, 255)
  const angle = 2 * Math.PI * turn
  const [ballX, ballY] = [pictureWidth * (0.5 + 0.35 * Math.cos(angle)), pictureHeight * (0.5 + 0.35 * Math.sin(angle))]
  for (let y = 0; y < pictureHeight; y += 1) {
    for (let x = 0; x < pictureWidth; x += 1) {
      const inBall = (x - ballX) ** 2 + (y - ballY) ** 2 < ballRadius ** 2
      const at = 4 * (y * pictureWidth + x)
      pixels[at] = inBall ? 255 : (160 * x) / pictureWidth
      pixels[at + 1] = inBall ? 210 : (160 * y) / pictureHeight
      pixels[at + 2] = inBall ? 60 : 110
    }
  }
  return encode({ data: pixels, width: pictureWidth, height: pictureHeight }, jpegQuality).data
}
