/** Who looks, and so what may be shown (R25). A view is a mandatory argument of every query that returns people's mail. */
import type { MessageKey, TenantId } from "./ids.ts";

/** From most to least. `link` is the holder of a deep link to one message. */
export const ROLES = ["owner", "operator", "abuse", "tenant-admin", "tenant-read", "link"] as const;
export type Role = (typeof ROLES)[number];

export type View =
  | { readonly sees: "all" }
  | { readonly sees: "tenant"; readonly tenant: TenantId }
  | { readonly sees: "message"; readonly message: MessageKey };

export const EVERYTHING: View = { sees: "all" };

/** Whether a thing of this tenant (and of this message) may be seen. */
export function maySee(view: View, tenant: TenantId, message?: MessageKey): boolean {
  switch (view.sees) {
    case "all":
      return true;
    case "tenant":
      return view.tenant === tenant;
    case "message":
      return message !== undefined && view.message === message;
  }
}
