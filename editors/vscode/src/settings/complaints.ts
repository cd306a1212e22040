/** What the server says of settings that it cannot take, in the names that VS Code has for them. */

export interface Complaint {
  /** With its prefix. */
  readonly setting: string;
  readonly text: string;
}

const NEXT = /; (?=option ')/;
const ABOUT_OPTION = /^option '(\w+)' (.+)$/s;

/** One for each setting; none where the message is about anything else. */
export function complaintsOf(message: string): Complaint[] {
  const found = message
    .replace(/^DiffGem: /, "")
    .split(NEXT)
    .map((each) => ABOUT_OPTION.exec(each));
  return found.flatMap((match) => {
    const [, name, what] = match ?? [];
    return name === undefined || what === undefined ? [] : [complaint(`diffgem.${name}`, what)];
  });
}

function complaint(setting: string, what: string): Complaint {
  return { setting, text: `DiffGem: the setting ${setting} ${what}` };
}

/** The server complains at every change of any setting; its user hears it once. */
export class Heard {
  private readonly settings = new Set<string>();

  /** Whether it is to be told; it is then taken as told. */
  isNew({ setting }: Complaint): boolean {
    const { size } = this.settings;
    return this.settings.add(setting).size > size;
  }

  /** What is said of a setting that has changed is said of another value. */
  forget(hasChanged: (setting: string) => boolean): void {
    [...this.settings].filter(hasChanged).forEach((each) => this.settings.delete(each));
  }
}
