/** When next edits are asked for: once the typing has settled, and for one text at a time. */

/** What is done `delayMs` after the latest `poke`, unless it was called off. */
export class Settling {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly delayMs: number,
    private readonly action: () => void,
  ) {}

  poke(): void {
    this.callOff();
    this.timer = setTimeout(this.action, this.delayMs);
  }

  callOff(): void {
    clearTimeout(this.timer);
  }
}

type Words = { readonly replaced: string; readonly text: string };

/** Suggestions that the user sent away, which do not come back by themselves. */
export class Dismissed {
  private readonly known = new Map<string, Set<string>>();

  add(uri: string, edit: Words): void {
    this.known.set(uri, (this.known.get(uri) ?? new Set()).add(keyOf(edit)));
  }

  has(uri: string, edit: Words): boolean {
    return this.known.get(uri)?.has(keyOf(edit)) ?? false;
  }

  /** Asked by hand, or once the document was closed, they may come again. */
  forget(uri: string): void {
    this.known.delete(uri);
  }
}

function keyOf({ replaced, text }: Words): string {
  return JSON.stringify([replaced, text]);
}
