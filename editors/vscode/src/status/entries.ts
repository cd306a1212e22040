import type { Status } from "./status";
import { type Circumstances, shown } from "./text";

export interface Entry {
  readonly label: string;
  readonly detail?: string;
  readonly command: string;
}

/** What the menu is made of; a group has a line above it. */
export type Groups = readonly (readonly Entry[])[];

export interface Present extends Circumstances {
  readonly status: Status;
  readonly isOn: boolean;
  /** Of the document that the user is in. */
  readonly language: string | undefined;
  readonly isLanguageOn: boolean;
}

export function groups(present: Present): Groups {
  return [[head(present)], switches(present), looks(present), repairs(present)];
}

/** How it is and why; what to do about it. */
function head(present: Present): Entry {
  const { icon, lines } = shown(present.status, present);
  const [first = "", ...others] = lines;
  const command = present.status.state === "missing" ? "diffgem.install" : "diffgem.showLog";
  return { label: `$(${icon}) ${first}`, detail: others.join(" · "), command };
}

function switches({ isOn, language, isLanguageOn, snoozedUntil }: Present): Entry[] {
  const all = {
    label: isOn ? "$(circle-slash) Switch Off" : "$(check) Switch On",
    command: "diffgem.toggle",
  };
  if (!isOn) {
    return [all];
  }
  const sleep =
    snoozedUntil === undefined
      ? { label: "$(bell-slash) Snooze…", command: "diffgem.snooze" }
      : { label: "$(bell) End the Snooze", command: "diffgem.wake" };
  return [sleep, ...ofLanguage(language, isLanguageOn), all];
}

function ofLanguage(language: string | undefined, isOn: boolean): Entry[] {
  if (language === undefined) {
    return [];
  }
  const label = isOn
    ? `$(circle-slash) Switch Off for ${language}`
    : `$(check) Switch On for ${language}`;
  return [{ label, command: "diffgem.toggleLanguage" }];
}

function looks({ language }: Present): Entry[] {
  const here = { label: "$(question) Explain What Is Sent Here", command: "diffgem.explainHere" };
  return [
    ...(language === undefined ? [] : [here]),
    { label: "$(graph) What Became of the Suggestions", command: "diffgem.showStatistics" },
    { label: "$(output) Show the Log", command: "diffgem.showLog" },
    { label: "$(gear) Open Settings", command: "diffgem.openSettings" },
  ];
}

function repairs({ status }: Present): Entry[] {
  const again = { label: "$(debug-restart) Try the Engine Again", command: "diffgem.tryEngine" };
  return [
    ...(["lost", "failed"].includes(status.state) ? [again] : []),
    { label: "$(debug-restart) Restart the Server", command: "diffgem.restart" },
    { label: "$(cloud-download) Install or Update the Server…", command: "diffgem.install" },
    { label: "$(book) Open the Walkthrough", command: "diffgem.openWalkthrough" },
  ];
}
