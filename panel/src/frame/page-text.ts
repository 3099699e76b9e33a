/** `c`: the page as plain text, fit for a ticket. */

import { wallNow } from "../look/clock.ts";
import { copyText } from "../look/copy.tsx";

export function copyPage(): void {
  const page = document.getElementById("page");
  if (page === null) return;
  const words = page.innerText
    .split("\n")
    .map((line) => line.replaceAll("\t", "  ").trimEnd())
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
  void copyText(`${words}\n\n${location.href}\nas of ${new Date(wallNow()).toISOString()}\n`, "this page as text");
}
