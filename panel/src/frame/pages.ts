/** The map: which pages there are, their key after `g`, and who sees them. A page that shows nothing yet is not here. */
import { me, myRole } from "../api/client.ts";
import type { Role } from "../api/shapes.ts";

export interface PageEntry {
  readonly path: readonly string[];
  readonly name: string;
  /** Pressed after `g`. */
  readonly key: string;
  readonly roles: readonly Role[];
  /** Only where the internet is a simulated one. */
  readonly lab?: true;
}

const STAFF: readonly Role[] = ["owner", "operator", "abuse"];
export const EVERYBODY: readonly Role[] = ["owner", "operator", "abuse", "tenant-admin", "tenant-read"];

const PAGES: readonly PageEntry[] = [
  { path: ["now"], name: "Now", key: "n", roles: EVERYBODY },
  { path: ["messages"], name: "Messages", key: "m", roles: EVERYBODY },
  { path: ["holds"], name: "Holds", key: "h", roles: EVERYBODY },
  { path: ["destinations"], name: "Destinations", key: "d", roles: STAFF },
  { path: ["destinations", "suppressed"], name: "Suppressed", key: "s", roles: EVERYBODY },
  { path: ["addresses"], name: "Addresses", key: "a", roles: STAFF },
  { path: ["setup"], name: "Setup", key: "u", roles: EVERYBODY },
  { path: ["lab"], name: "Lab", key: "b", roles: EVERYBODY, lab: true },
  { path: ["settings"], name: "Settings", key: "t", roles: EVERYBODY },
];

/** Those that whoever is signed in may see. */
export function myPages(): readonly PageEntry[] {
  return PAGES.filter((page) => page.roles.includes(myRole.value) && (!page.lab || me.value?.lab === true));
}

/** Whether I see all tenants' mail. */
export function isStaff(): boolean {
  return STAFF.includes(myRole.value);
}

/** Whether I may act on mail; tenants' own policy is asked by the API itself. */
export function mayAct(): boolean {
  return isStaff() || myRole.value === "tenant-admin";
}

/** Whether I may set how the node works. */
export function maySteer(): boolean {
  return myRole.value === "owner" || myRole.value === "operator";
}
