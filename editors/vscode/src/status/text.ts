import type { Status } from "./status";

/** What else the status bar is about. */
export interface Circumstances {
  readonly snoozedUntil: Date | "stopped" | undefined;
  readonly isTrusted: boolean;
}

export interface Shown {
  readonly icon: string;
  readonly severity: "none" | "warning" | "error";
  /** The first says how it is, the others why and with what. */
  readonly lines: readonly string[];
}

const ICONS: Record<Status["state"], string> = {
  starting: "loading~spin",
  idle: "sparkle",
  busy: "loading~spin",
  quiet: "sparkle", // it is ready: a mark of its own reads as switched off
  off: "circle-slash",
  lost: "debug-disconnect",
  failed: "error",
  missing: "cloud-download",
  stopped: "debug-disconnect",
};
const SEVERITIES: Partial<Record<Status["state"], Shown["severity"]>> = {
  lost: "warning",
  missing: "warning",
  stopped: "error",
  failed: "error",
};

export function shown(status: Status, around: Circumstances): Shown {
  const isSnoozed = around.snoozedUntil !== undefined && ["idle", "quiet"].includes(status.state);
  return {
    icon: isSnoozed ? "bell-slash" : ICONS[status.state],
    severity: SEVERITIES[status.state] ?? "none",
    lines: [
      isSnoozed ? snoozedLine(around.snoozedUntil) : sentence(status.message),
      ...whyLine(status),
      ...withWhatLine(status),
      ...trustLine(around.isTrusted),
    ],
  };
}

function snoozedLine(until: Date | "stopped" | undefined): string {
  if (until instanceof Date) {
    const time = until.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    return `Snoozed until ${time}`;
  }
  return "Snoozed until you end it";
}

/** Where the message does not say it already. */
function whyLine({ message, reason }: Status): string[] {
  return reason === undefined || message.includes(reason) ? [] : [sentence(reason)];
}

function withWhatLine({ model, latencyMs, progress }: Status): string[] {
  const parts = [
    model === undefined ? undefined : `model ${model}`,
    latencyMs === undefined ? undefined : `last answer in ${latencyMs} ms`,
    progress === undefined ? undefined : `${Math.round(progress * 100)}%`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? [] : [sentence(parts.join(", "))];
}

function trustLine(isTrusted: boolean): string[] {
  const line =
    "This folder is not trusted: nothing of its environment is run, and its settings do not decide what runs";
  return isTrusted ? [] : [line];
}

function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
