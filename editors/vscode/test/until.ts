const DEADLINE_MS = 60_000;
const BETWEEN_MS = 20;

type Found<T> = Exclude<T, false | null | undefined>;

/** The first truthy value of `found`, asked over and over; fails with `what` after a minute, or `within`. */
export async function until<T>(
  what: string,
  found: () => T | Promise<T>,
  within = DEADLINE_MS,
): Promise<Found<T>> {
  const end = Date.now() + within;
  while (Date.now() < end) {
    const value = await found();
    if (value) {
      return value as Found<T>;
    }
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
  }
  throw new Error(`waited in vain for ${what}`);
}
