/** Next edits of one version of a document, one of which is looked at. */

import { before, moved, type Place, type Span } from "./places";

export interface NextEdit {
  readonly range: Span;
  readonly text: string;
  /** What the document has there. */
  readonly replaced: string;
  /** Tells the server that it was accepted. */
  readonly command?: { readonly command: string; readonly arguments?: readonly unknown[] };
}

export interface Offer {
  readonly uri: string;
  readonly version: number;
  /** Disjoint, and never none. */
  readonly edits: readonly NextEdit[];
  readonly at: number;
}

export function offerOf(
  uri: string,
  version: number,
  edits: readonly NextEdit[],
): Offer | undefined {
  return edits.length > 0 ? { uri, version, edits, at: 0 } : undefined;
}

export function current(offer: Offer): NextEdit {
  return offer.edits[offer.at] as NextEdit;
}

/** With the one looked at that is `steps` further on, round and round. */
export function turned(offer: Offer, steps: number): Offer {
  const count = offer.edits.length;
  return { ...offer, at: (((offer.at + steps) % count) + count) % count };
}

/** What is left once the current one is in the document, which then has `version`. */
export function taken(offer: Offer, version: number): Offer | undefined {
  const { range, text } = current(offer);
  const rest = offer.edits
    .filter((_, index) => index !== offer.at)
    .map((each) => ({ ...each, range: movedSpan(each.range, range, text) }));
  const left = offerOf(offer.uri, version, rest);
  return left && { ...left, at: following(rest, range.start) };
}

/** The first behind `place`; where there is none, the first. */
function following(edits: readonly NextEdit[], place: Place): number {
  const behind = edits
    .map((each, index) => ({ start: each.range.start, index }))
    .filter((each) => !before(each.start, place))
    .sort((one, other) => (before(one.start, other.start) ? -1 : 1));
  return behind[0]?.index ?? 0;
}

function movedSpan(span: Span, changed: Span, text: string): Span {
  return { start: moved(span.start, changed, text), end: moved(span.end, changed, text) };
}
