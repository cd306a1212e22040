// The menu of code actions, as its user has it.
import { page, press } from "./page";
import { until } from "./until";

const LISTED_WITHIN_MS = 5_000;
const SEEN_WITHIN_MS = 10_000;

/**
 * Chooses `title`; returns what `seen` makes of it.
 *
 * A menu that is asked for while the text changes may be empty.  And VS Code asks for code actions
 * by itself too, soon after the cursor has moved: when that answer comes between the menu's own and
 * the menu, what there is to choose from is gone, and a choice does nothing at all.  Nobody's hand
 * is that fast, but this one is, and it tries again.
 */
export function chosen<T>(title: string, seen: () => T | undefined | false) {
  return until(`what comes of ${title}`, async () => {
    await press("Control+.");
    const isListed = await page("click", `.action-widget >> text=${title}`, { timeout: LISTED_WITHIN_MS })
      .then(() => true, () => false);
    return isListed && until(title, seen, SEEN_WITHIN_MS).catch(() => undefined);
  });
}
