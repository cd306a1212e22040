/** Places in a text as the wire and VS Code both count them: lines, and UTF-16 units. */

export interface Place {
  readonly line: number;
  readonly character: number;
}

export interface Span {
  readonly start: Place;
  readonly end: Place;
}

export function before(one: Place, other: Place): boolean {
  return one.line < other.line || (one.line === other.line && one.character < other.character);
}

export function same(one: Place, other: Place): boolean {
  return one.line === other.line && one.character === other.character;
}

/** Where `text` ends that begins at `start`. */
export function behind(start: Place, text: string): Place {
  const lines = text.split(/\r\n|\r|\n/);
  const last = lines[lines.length - 1] ?? "";
  if (lines.length === 1) {
    return { line: start.line, character: start.character + last.length };
  }
  return { line: start.line + lines.length - 1, character: last.length };
}

/** Where a place is once `text` stands for `span`, which it is not inside of. */
export function moved(place: Place, span: Span, text: string): Place {
  if (before(place, span.end)) {
    return place;
  }
  const end = behind(span.start, text);
  return place.line === span.end.line
    ? { line: end.line, character: end.character + place.character - span.end.character }
    : { line: place.line + end.line - span.end.line, character: place.character };
}
