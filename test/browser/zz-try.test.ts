/** Held mail: look at it safely, let some of it go, take that back; what strangers wrote does nothing here. */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { press, type Scene, scenario, settled, shows } from "./scene.ts";
import { hostileMail } from "./tuesday.ts";

/** The mail's own refresh would have come by then. */
const REFRESHED_MS = 2000;

async function openGroup({ page, open }: Scene): Promise<void> {
  await open("#/holds");
  await page.getByRole("link", { name: "Review shop3@srv7" }).click();
  await shows(page, "shop3@srv7: 32 held.");
  await settled(page);
}

function held({ day }: Scene): number {
  return day.node.open.filter((row) => row.sender === "shop3@srv7" && row.state === "held").length;
}

scenario("a held group is read, 25 go first, and an undo brings them back", {}, async (scene) => {
  const { page } = scene;
  await openGroup(scene);
  await shows(page, "looks taken over: 13 of 25 had no mailbox");
  await shows(page, /Your parcel could not be delivered\. Pay the fee at hxxp:\/\/parcel-upd\[\.\]example/);
  await press(page, "Release 25 first");
  await shows(page, /^Released 25:/);
  await shows(page, "shop3@srv7: 7 held.");
  assert.equal(held(scene), 7);
  await press(page, "Undo");
  await shows(page, /^Taken back: 25 of 25/);
  await shows(page, "shop3@srv7: 32 held.");
  assert.equal(held(scene), 32);
});

scenario("releasing all asks first, and names what goes out", {}, async (scene) => {
  const { page } = scene;
  await openGroup(scene);
  await press(page, "Release all 32");
  const dialog = page.getByRole("dialog", { name: "Release all now?" });
  await shows(dialog, "32 messages of shop3@srv7 go out now. What has gone out cannot be taken back.");
  await press(dialog, "Leave as it is");
  assert.equal(held(scene), 32);
  await press(page, "Release all 32");
  await press(dialog, "Send 32 messages");
  await shows(page, "Nothing of this group is held any more.");
  assert.equal(held(scene), 0);
});

scenario("discarding is done at once and undone later", {}, async (scene) => {
  const { page } = scene;
  await openGroup(scene);
  await press(page, "Discard");
  await shows(page, /^Discarded 32:/);
  await scene.open("#/settings/actions");
  await press(page, /^Undo action/);
  await shows(page, /^Taken back/);
  assert.equal(held(scene), 32);
});

/** What the frame's own policy refuses is written to the console: that is how one sees that it was tried. */
const TRIED = /Content Security Policy|sandboxed|asked another host: http:\/\/elsewhere\.example/;

scenario("the HTML of held mail runs nothing and loads nothing", { allow: TRIED }, async (scene) => {
  const { page, day } = scene;
  const asked: string[] = [];
  const elsewhere = createServer((socket) => {
    asked.push("a connection");
    socket.on("data", (bytes) => asked.push(bytes.toString("latin1").split("\r\n", 1)[0] ?? "")).on("error", () => undefined);
  });
  await using _ = { [Symbol.asyncDispose]: async () => void elsewhere.close() };
  await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  const at = elsewhere.address();
  if (at === null || typeof at === "string") assert.fail("no port");
  day.node.contentOf = async function* () {
    yield hostileMail(at.port);
  };
  await openGroup(scene);
  await press(page, "As HTML, nothing runs");
  const frame = page.frameLocator("iframe").first();
  await frame.getByText("Pay the fee today.").waitFor();
  for (const what of [] as string[]) await frame.getByText(what, { exact: true }).click({ noWaitAfter: true });
  await page.waitForTimeout(REFRESHED_MS);
  assert.deepEqual(asked, []);
  assert.equal(await page.evaluate(() => "stolen" in window), false);
  assert.match(await page.title(), /Fairlead/);
  assert.match(page.url(), /#\/holds\//);
});

scenario("what strangers wrote into names, addresses and replies is text", { rows: 3 }, async ({ page, open, id, day }) => {
  await open("#/messages?q=state:queued");
  await shows(page, '"><img src=x onerror=top.stolen=1>@example.org');
  await shows(page, /<script>top\.stolen=1<\/script> later/);
  await page.locator(".odd").filter({ hasText: "U+202E" }).first().waitFor();
  await open(`#/messages/${id(day.many)}`);
  await open("#/holds");
  await open("#/now");
  assert.equal(await page.evaluate(() => "stolen" in window), false);
  assert.equal(await page.locator("#page img, #page script").count(), 0);
});

scenario("acting on a query counts first, and asks where it cannot be undone", { rows: 3 }, async (scene) => {
  const { page, open } = scene;
  await open("#/messages?q=state:held%20sender:shop3@srv7");
  await press(page, "Act on all");
  await press(page, "Release");
  const dialog = page.getByRole("dialog", { name: "Release?" });
  await shows(dialog, /^32 deliveries matching/);
  await press(dialog, "Send 32");
  await shows(page, /^Released 32:/);
  assert.equal(held(scene), 0);
  await open("#/messages?q=state:held%20-to:x@example.org");
  await press(page, "Act on all");
  await shows(page, /Remove -to:x@example\.org first/);
});

scenario("who reads only is offered no orders", { as: "tenant-read", tenant: "mueller-hosting" }, async (scene) => {
  const { page, open, id, day } = scene;
  await open("#/holds");
  await shows(page, "32 held in 1 group.");
  await page.getByRole("link", { name: /^Review/ }).click();
  await shows(page, "shop3@srv7: 32 held.");
  assert.equal(await page.getByRole("button", { name: /Release|Discard/ }).count(), 0);
  await open(`#/messages/${id(day.held[0] ?? assert.fail())}`);
  assert.equal(await page.getByRole("button", { name: /Release|End it|Hold|Retry/ }).count(), 0);
});
