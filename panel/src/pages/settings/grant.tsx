/** What a person or a program that is let in may do, and of which tenant: the same two fields for logins and keys. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { myRole } from "../../api/client.ts";
import type { UserRole } from "../../api/shapes.ts";

const WORDS: Readonly<Record<UserRole, string>> = {
  owner: "owner: everything",
  operator: "operator: everything but users and keys",
  abuse: "abuse desk: mail and suppression, no settings",
  "tenant-admin": "tenant admin: its own mail and people",
  "tenant-read": "tenant reader: its own mail",
};
const ALL = Object.keys(WORDS) as UserRole[]; // the keys of a Record are what its type says

/** The roles that I may give: a tenant's admin those of its tenant. */
export function grantable(): readonly UserRole[] {
  return myRole.value === "owner" ? ALL : ALL.filter((role) => role.startsWith("tenant"));
}

interface Grant {
  readonly fields: JSX.Element;
  /** As the API takes it. A tenant's admin names no tenant: it is theirs. */
  readonly given: { readonly role: UserRole; readonly tenant: string | undefined };
}

export function useGrant(): Grant {
  const roles = grantable();
  const [role, setRole] = useState<UserRole>(roles[1] ?? "tenant-read");
  const [tenant, setTenant] = useState("");
  const named = myRole.value === "owner" && role.startsWith("tenant");
  const fields = (
    <>
      <label class="field">
        <span>Role</span>
        <select value={role} onChange={(event) => setRole(roles.find((one) => one === event.currentTarget.value) ?? role)}>
          {roles.map((one) => (
            <option key={one} value={one}>
              {WORDS[one]}
            </option>
          ))}
        </select>
      </label>
      {named ? (
        <label class="field">
          <span>Tenant</span>
          <input required maxLength={64} value={tenant} onInput={(event) => setTenant(event.currentTarget.value)} />
        </label>
      ) : null}
    </>
  );
  return { fields, given: { role, tenant: named ? tenant.trim() : undefined } };
}
