/** TLS with receivers: how it went by day and domain, and under which policy it failed. */
import type { WallMs } from "../../src/base/clock.ts";
import type { TlsSession } from "../../src/model/tls-session.ts";
import { accessible, noSidewaysScroll } from "./browser.ts";
import { MEMORY_NOW } from "./panel-house.ts";
import { type Scene, scenario, settled, shows } from "./scene.ts";

const POLICY = { type: "sts", lines: ["version: STSv1", "mode: enforce"], mxHosts: ["*.bank-y.example"] } as const;

function session(domain: string, outcome: TlsSession["outcome"] = { is: "success" }): TlsSession {
  return { at: MEMORY_NOW as WallMs, domain, host: `mx.${domain}`, ip: "192.0.2.1", policy: POLICY, outcome };
}

async function counted({ house }: Scene): Promise<void> {
  const { tls } = house.house;
  tls.seen(session("gmail.com"));
  tls.seen(session("bank-y.example", { is: "certificate-expired", detail: "CERT_HAS_EXPIRED" }));
  await tls.write();
}

scenario("nothing was counted yet, and the page says what makes the first", { rows: 1 }, async ({ page, open }) => {
  await open("#/destinations/tls");
  await shows(page, /^No TLS session with a receiver was counted yet\./);
});

for (const view of [{ width: 1280 }, { width: 400, height: 800, dark: true }])
  scenario(`a domain's failure is found and told with its policy, at ${view.width} px`, { ...view, rows: 1 }, async (scene) => {
    const { page, open } = scene;
    await counted(scene);
    await open("#/destinations/tls");
    await shows(page, "1 of 2 TLS sessions on 2026-03-03 failed.");
    await accessible(page, "TLS");
    await noSidewaysScroll(page, "TLS");
    await page.getByRole("link", { name: "1", exact: true }).filter({ visible: true }).first().click();
    await shows(page, "Domains with failures on 2026-03-03");
    await page.getByRole("link", { name: "bank-y.example" }).click();
    await settled(page);
    await shows(page, "MTA-STS of bank-y.example, 2026-03-03");
    await shows(page, /^1 × certificate-expired at mx\.bank-y\.example \[192\.0\.2\.1\]/);
    await shows(page, /mode: enforce/);
    await accessible(page, "TLS of one domain");
    await noSidewaysScroll(page, "TLS of one domain");
  });
