/** Settings by tabs, each a route; which there are depends on who looks. */
import type { JSX } from "preact";
import { myRole } from "../../api/client.ts";
import type { Role } from "../../api/shapes.ts";
import { EVERYBODY } from "../../frame/pages.ts";
import { link, route } from "../../frame/router.ts";
import { Tabs } from "../../frame/tabs.tsx";
import { NotFound } from "../not-found.tsx";
import { ActionsTab } from "./actions.tsx";
import { AuditTab } from "./audit.tsx";
import { KeysTab } from "./keys.tsx";
import { ProfileTab } from "./profile.tsx";
import { RetentionTab } from "./retention.tsx";
import { RevisionsTab } from "./revisions.tsx";
import { UsersTab } from "./users.tsx";
import { WebhooksTab } from "./webhooks.tsx";

interface Tab {
  readonly path: string;
  readonly name: string;
  readonly roles: readonly Role[];
  show(): JSX.Element;
}

const TABS: readonly Tab[] = [
  { path: "profile", name: "Your profile", roles: EVERYBODY, show: () => <ProfileTab /> },
  { path: "users", name: "Users", roles: ["owner", "tenant-admin"], show: () => <UsersTab /> },
  { path: "keys", name: "Keys", roles: ["owner", "tenant-admin"], show: () => <KeysTab /> },
  { path: "webhooks", name: "Webhooks", roles: ["owner", "operator", "tenant-admin"], show: () => <WebhooksTab /> },
  { path: "revisions", name: "Revisions", roles: ["owner", "operator"], show: () => <RevisionsTab /> },
  { path: "retention", name: "Retention", roles: ["owner", "operator"], show: () => <RetentionTab /> },
  { path: "actions", name: "Actions", roles: EVERYBODY, show: () => <ActionsTab /> },
  { path: "audit", name: "Audit", roles: ["owner", "operator", "tenant-admin"], show: () => <AuditTab /> },
];

export function SettingsPage(): JSX.Element {
  const role = myRole.value;
  const tabs = TABS.filter((tab) => tab.roles.includes(role));
  const wanted = route.value.path[1] ?? tabs[0]?.path;
  const tab = tabs.find(({ path }) => path === wanted);
  if (tab === undefined) return TABS.some(({ path }) => path === wanted) ? <NotAllowed role={role} /> : <NotFound />;
  return (
    <>
      <h1>{tab.name}</h1>
      <Tabs
        label="Settings"
        tabs={tabs.map(({ path, name }) => ({ to: link(["settings", path]), name }))}
        at={link(["settings", tab.path])}
      />
      {tab.show()}
    </>
  );
}

function NotAllowed({ role }: { readonly role: Role }): JSX.Element {
  return (
    <>
      <h1>Not for your role</h1>
      <p>You are {role}. An owner can change that.</p>
    </>
  );
}
