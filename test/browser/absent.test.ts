/** A node that was put together without a part says so, where the part would be, and all else works. */
import { accessible } from "./browser.ts";
import { scenario, settled, shows } from "./scene.ts";

/** The browser writes an answer of 404 to its console. */
const MISSING = /status of 404/;

const PARTS = [
  { without: "settings", hash: "#/settings/revisions", says: /There is no settings desk in this node\./ },
  { without: "webhooks", hash: "#/settings/webhooks", says: /There is no webhook desk in this node\./ },
  { without: "audit", hash: "#/settings/audit", says: /There is no audit in this node\./ },
  { without: "keeping", hash: "#/settings/retention", says: /There is no history in this node\./ },
  { without: "suppression", hash: "#/destinations/suppressed", says: /There is no suppression list in this node\./ },
  { without: "figures", hash: "#/destinations", says: /There is no record of rates and answers in this node\./ },
  { without: "past", hash: "#/messages", says: /There is no history in this node\./ },
] as const;

for (const { without, hash, says } of PARTS)
  scenario(`without ${without} the page ${hash} says so`, { without: [without], allow: MISSING, rows: 3 }, async ({ page, open }) => {
    await open(hash);
    await shows(page, says);
    await accessible(page, hash);
  });

scenario(
  "without figures the first page says what it knows, and that the rest is not known",
  { without: ["figures"], allow: MISSING },
  async (scene) => {
    const { page, open } = scene;
    await open("#/now");
    await shows(page, /^Mail is flowing\./);
    await shows(page, /what the last hour brought, and who slows mail, is not known/);
    await shows(page, "balances");
    await settled(page);
  },
);

scenario(
  "without history there is no live feed, and the bar says how it goes on",
  { without: ["past"], allow: MISSING, rows: 3 },
  async (scene) => {
    await scene.open("#/now");
    await shows(scene.page, /not live/);
  },
);
