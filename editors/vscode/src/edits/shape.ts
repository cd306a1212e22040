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
  const start = whole(text, common(replaced, text, 0));
  const end = common(reversed(replaced), reversed(text), start);
  const gone = replaced.slice(start, replaced.length - end);
  const come = text.slice(start, text.length - end);
  if (gone !== "" && come !== "") {
    return { removed: span, inserted: text };
  }
  const from: Place = behind(span.start, replaced.slice(0, start));
  return { removed: { start: from, end: behind(from, gone) }, inserted: come };
}

/** How many units both begin with, leaving `reserved` of the shorter one. */
function common(one: string, other: string, reserved: number): number {
  const most = Math.min(one.length, other.length) - reserved;
  let length = 0;
  while (length < most && one[length] === other[length]) {
    length += 1;
  }
  return length;
}

/** What is left of `length` without half a character at its end. */
function whole(text: string, length: number): number {
  const last = text.charCodeAt(length - 1);
  return last >= 0xd800 && last < 0xdc00 ? length - 1 : length;
}

function reversed(text: string): string {
  return text.split("").reverse().join("");
}
