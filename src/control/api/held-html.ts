/**
 * The HTML of a message as it may stand in a frame. Its policy stops what a page loads and runs; but a browser opens
 * connections ahead for links that ask for one and for frames that the policy then refuses (seen in Chromium), which
 * tells the sender that somebody looks, and from where. So the elements of a page's head, and those that hold other
 * documents, become ones that mean nothing. A browser makes an element only of a `<` with its name right behind it, so
 * whatever else the text is, none of them is left.
 */
const ASKS_AHEAD = /<(link|meta|base|i?frame|object|embed)(?=[\s/>]|$)/gi;

export function heldHtml(html: string): string {
  return html.replace(ASKS_AHEAD, "<x-$1");
}
