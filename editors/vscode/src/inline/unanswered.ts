import type { Position, TextDocument, TextEditor } from "vscode";

/** Where ghost text was asked for last, while nobody could say any. */
export class Unanswered {
  private place: { uri: string; version: number; position: Position } | undefined;

  note({ uri, version }: TextDocument, position: Position): void {
    this.place = { uri: uri.toString(), version, position };
  }

  forget(): void {
    this.place = undefined;
  }

  /** Whether the user still stands there. */
  isAt({ document, selections }: TextEditor): boolean {
    const [selection] = selections;
    return (
      selections.length === 1 &&
      selection?.isEmpty === true &&
      this.place?.uri === document.uri.toString() &&
      this.place.version === document.version &&
      this.place.position.isEqual(selection.active)
    );
  }
}
