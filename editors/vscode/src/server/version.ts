export type Comparison = "same" | "older" | "newer";

/**
 * Of a server's version with the extension's. What differs in the patch goes together; before 1.0
 * so does nothing of another minor version, and from then on of another major one.
 */
export function compared(server: string, extension: string): Comparison {
  const theirs = significant(server);
  const ours = significant(extension);
  for (const [at, our] of ours.entries()) {
    const their = theirs[at] ?? 0;
    if (their !== our) {
      return their < our ? "older" : "newer";
    }
  }
  return "same";
}

function significant(version: string): number[] {
  const numbers = version.split(/[.+-]/, 2).map((each) => Number.parseInt(each, 10) || 0);
  return (numbers[0] ?? 0) > 0 ? [numbers[0] ?? 0] : [0, numbers[1] ?? 0];
}
