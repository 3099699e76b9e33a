/** Starts the panel: who is there, then the page of the address. */
import { render } from "preact";
import { call, me } from "./api/client.ts";
import { startLab } from "./api/lab.ts";
import { startLive } from "./api/live.ts";
import { App } from "./app.tsx";
import { startKeys } from "./frame/keys.ts";
import { startRouter } from "./frame/router.ts";
import { startStanding } from "./frame/standing.ts";
import { showTheme } from "./frame/theme.ts";

showTheme();
startRouter();
startKeys();
startLive();
startStanding();
startLab();
const root = document.getElementById("panel");
if (root !== null) render(<App />, root);
call("me", {}).then(
  (who) => (me.value = who),
  () => (me.value = null), // nobody is signed in, or the node is not there: the sign-in page tells which
);
