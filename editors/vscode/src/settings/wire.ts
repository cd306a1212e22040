/** A setting as VS Code has it: its value, and whether anybody but its default says so. */
export interface Given {
  readonly value: unknown;
  readonly isSet: boolean;
}

export type Wire = Record<string, unknown>;

/** What the server is told: its own default stands for all that is not set, or set to nothing. */
export function wireOf(names: readonly string[], given: (name: string) => Given): Wire {
  const told: Wire = {};
  for (const name of names) {
    const { value, isSet } = given(name);
    if (isSet && !isNothing(value)) {
      told[name] = value;
    }
  }
  return told;
}

/** The settings' page cannot leave a text or a list away: there, an empty one means the default. */
function isNothing(value: unknown): boolean {
  const isEmpty = value === "" || (Array.isArray(value) && value.length === 0);
  return value === null || value === undefined || isEmpty;
}

/** While snoozed nothing comes by itself; what is asked for comes. */
export function snoozed(wire: Wire): Wire {
  return { ...wire, trigger: "manual", nextEdits: false };
}
