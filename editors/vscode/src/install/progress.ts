/** What a line of pip's says that a person wants to know; undefined for all others. */
export function progressOf(line: string): string | undefined {
  const collecting = /^Collecting ([\w.-]+)/.exec(line);
  if (collecting !== null) {
    return `looking up ${collecting[1]}`;
  }
  const downloading = /^\s*Downloading (?:\S*\/)?([\w.]+)-\S+ \(([^)]+)\)/.exec(line);
  if (downloading !== null) {
    return `downloading ${downloading[1]}, ${downloading[2]}`;
  }
  return line.startsWith("Installing collected packages")
    ? "putting everything in its place"
    : undefined;
}
