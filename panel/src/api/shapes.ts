/** What the API answers, under the panel's words: the types come from the table of routes itself. */
import type { InputOf, ReplyOf } from "../../../src/control/api/routes.ts";
import type { ActionVerb } from "../../../src/model/action.ts";
import type { Role } from "../../../src/model/view.ts";

export type { ActionVerb, Role };
export type UserRole = Exclude<Role, "link">;

export type Me = ReplyOf<"me">;
export type Status = ReplyOf<"status">;
export type NeedRow = Status["needs"][number];
export type Counts = Status["counts"];
export type NowReply = ReplyOf<"now">;
export type Step = NowReply["flowSteps"][number];
export type Because = NowReply["inForce"][number];
export type ProviderRow = NowReply["providers"][number];
export type ProviderReply = ReplyOf<"destination">;

export type LaneRow = ReplyOf<"lanes">["lanes"][number];
export type LaneLimits = ReplyOf<"explainLimit">["lanes"][number];
export type LimitRow = LaneLimits["stack"][number];
export type OverrideRow = ReplyOf<"overrides">["overrides"][number];
export type RuleRow = ReplyOf<"overrides">["rules"][number];
export type AddedOverride = ReplyOf<"addOverride">;

export type EgressRow = ReplyOf<"egresses">["egresses"][number];
export type PoolRow = ReplyOf<"pools">["pools"][number];
export type UpstreamRow = ReplyOf<"upstreamWays">["upstreams"][number];
export type TlsReports = ReplyOf<"tlsReports">;
export type TlsDomain = TlsReports["domains"][number];
export type RouteTest = ReplyOf<"routeTest">;

export type Row = ReplyOf<"search">["rows"][number];
export type StoryReply = ReplyOf<"message">;
export type RecipientStory = StoryReply["recipients"][number];
export type StoryStep = RecipientStory["steps"][number];
export type Preview = ReplyOf<"preview">;
export type Find = ReplyOf<"find">;

export type HeldGroup = ReplyOf<"holds">["groups"][number];
export type Selector = InputOf<"act">["selector"];
export type ActionReply = ReplyOf<"act">;

export type SuppressionsReply = ReplyOf<"suppressions">;

export type SourceRow = ReplyOf<"sources">["sources"][number];
export type AddedSource = ReplyOf<"addSource">;
export type SettingsReply = ReplyOf<"settings">;
export type AppliedReply = ReplyOf<"applySettings">;
export type RevisionsReply = ReplyOf<"revisions">;
export type AuditReply = ReplyOf<"audit">;
export type RetentionReply = ReplyOf<"retention">;

export type UserRow = ReplyOf<"users">["users"][number];
export type KeyRow = ReplyOf<"keys">["keys"][number];
export type WebhookRow = ReplyOf<"webhooks">["webhooks"][number];
export type ActionRow = ReplyOf<"actions">["actions"][number];
