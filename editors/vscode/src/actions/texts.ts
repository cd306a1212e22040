/** Edits of a text by offsets: what a preview shows, before anything is applied. */

export interface OffsetEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The edits are disjoint, in any order, and all of the text as it was. */
export function edited(text: string, edits: readonly OffsetEdit[]): string {
  const last = [...edits].sort((one, other) => other.start - one.start || other.end - one.end);
  return last.reduce(
    (done, { start, end, text: put }) => done.slice(0, start) + put + done.slice(end),
    text,
  );
}
