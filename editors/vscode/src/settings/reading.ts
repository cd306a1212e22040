/** Values of settings as they are to be: VS Code hands on whatever stands in the user's file. */

import type { Languages } from "./languages";

/** Empty where it is not set, or no text. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value.trim() : "";
}

export function flagOf(value: unknown, fallback: boolean): boolean {
  return typeof value === "boolean" ? value : fallback;
}

/** Those of its entries that are on or off. */
export function switchesOf(value: unknown): Languages {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  const entries = Object.entries(isObject ? value : {});
  return Object.fromEntries(entries.filter(([, each]) => typeof each === "boolean"));
}
