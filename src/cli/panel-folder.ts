/** Where the built panel lies: a checkout builds it when it installs, a release carries it. */
import { existsSync } from "node:fs";
import { join } from "node:path";

const BUILT = join(import.meta.dirname, "../../panel/dist");

/** The folder to serve; undefined where none was built, and the API alone answers. */
export function panelFolder(): string | undefined {
  return existsSync(join(BUILT, "index.html")) ? BUILT : undefined;
}
