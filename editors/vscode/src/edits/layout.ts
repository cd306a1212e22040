/** Where an offer is drawn, and in which words. */

import { current, type NextEdit, type Offer } from "./offer";
import { same, type Place, type Span } from "./places";
import { shapeOf } from "./shape";

const LONGEST = 80; // characters of new text drawn in a line; all of it is in the hover

export interface View {
  readonly cursor: Place;
  /** The first and the last line of each stretch on the screen: folded lines part them. */
  readonly lines: readonly { readonly first: number; readonly last: number }[];
  /** Whether the accepting key is free for us where the cursor is. */
  readonly takesTab: boolean;
}

export interface Marks {
  readonly removed: readonly Span[];
  readonly inserted: readonly { readonly at: Place; readonly text: string; readonly whole: string }[];
  /** The line with the sign in the gutter. */
  readonly line: number;
  readonly hint: { readonly line: number; readonly text: string };
}

/** Whether accepting applies the current edit; elsewhere it goes there first. */
export function isHere(offer: Offer, cursor: Place): boolean {
  const { start, end } = current(offer).range;
  return cursor.line >= start.line && cursor.line <= end.line;
}

export function marksOf(offer: Offer, view: View): Marks {
  const shapes = offer.edits.map((each) => shapeOf(each.range, each.replaced, each.text));
  return {
    removed: shapes.map((each) => each.removed).filter((each) => !same(each.start, each.end)),
    inserted: shapes
      .filter((each) => each.inserted !== "")
      .map(({ removed, inserted }) => ({
        at: removed.end,
        text: drawn(inserted),
        whole: inserted,
      })),
    line: current(offer).range.start.line,
    hint: hintOf(offer, view),
  };
}

/** One line, and its white space as what it is. */
export function drawn(text: string): string {
  const [first = "", ...others] = text.split(/\r\n|\r|\n/);
  const cut = first.length > LONGEST ? `${[...first].slice(0, LONGEST).join("")}…` : first;
  const rest = others.length > 0 ? ` ⏎ +${others.length}` : "";
  return `${cut}${rest}`.replaceAll("\t", "    ").replaceAll(" ", "\u00a0");
}

function hintOf(offer: Offer, view: View): Marks["hint"] {
  const { start, end } = current(offer).range;
  const several = offer.edits.length > 1 ? ` (${offer.at + 1} of ${offer.edits.length})` : "";
  if (isHere(offer, view.cursor)) {
    return { line: end.line, text: `${key(view, "accepts")}${several}` };
  }
  if (view.lines.some(({ first, last }) => start.line >= first && end.line <= last)) {
    return { line: end.line, text: `${key(view, "goes here")}${several}` };
  }
  const arrow = start.line > view.cursor.line ? "↓" : "↑";
  const where = `next edit ${arrow} line ${start.line + 1}${several}`;
  return { line: view.cursor.line, text: view.takesTab ? `⇥ ${where}` : where };
}

function key(view: View, does: string): string {
  return view.takesTab ? `⇥ Tab ${does}` : "next edit";
}

/** For who has the edit read out, or looks at it whole. */
export function described(edit: NextEdit): string {
  const where = `line ${edit.range.start.line + 1}`;
  if (edit.text === "") {
    return `next edit, ${where}: remove ${edit.replaced}`;
  }
  return `next edit, ${where}: ${edit.replaced || "insert"} → ${edit.text}`;
}
