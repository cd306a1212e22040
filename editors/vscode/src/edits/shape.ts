/** What of an edit is worth drawing. */

import { behind, type Place, type Span } from "./places";

/** `removed` is marked, and `inserted` is written behind it. */
export interface Shape {
  readonly removed: Span;
  readonly inserted: string;
}

/**
 * An edit that only adds or only takes away is drawn as that alone; of any other one the whole is,
 * as half a word for half a word is hard to read.
 */
export function shapeOf(span: Span, replaced: string, text: string): Shape {
  const start = common(replaced, text, 0);
  const end = common(reversed(replaced), reversed(text), start);
  const gone = replaced.slice(start, replaced.length - end);
  const come = text.slice(start, text.length - end);
  if (gone !== "" && come !== "") {
    return { removed: span, inserted: text };
  }
  const from: Place = behind(span.start, replaced.slice(0, start));
  return { removed: { start: from, end: behind(from, gone) }, inserted: come };
}

/** How many units both begin with, of whole characters, leaving `reserved` of the shorter one. */
function common(one: string, other: string, reserved: number): number {
  const most = Math.min(one.length, other.length) - reserved;
  let length = 0;
  while (length < most && one[length] === other[length]) {
    length += 1;
  }
  return splitsPair(one, length) || splitsPair(other, length) ? length - 1 : length;
}

/** In either order: texts are compared from behind as well. */
function splitsPair(text: string, at: number): boolean {
  const [left, right] = [text.charCodeAt(at - 1), text.charCodeAt(at)];
  return (isHigh(left) && isLow(right)) || (isLow(left) && isHigh(right));
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;

function reversed(text: string): string {
  return text.split("").reverse().join("");
}
