/** As the option `languages`: a language's own entry, then that of all others. */
export type Languages = Readonly<Record<string, boolean>>;

export function isOn(languages: Languages, id: string): boolean {
  return languages[id] ?? languages["*"] ?? true;
}
