/** Where the panel and the API answer browsers: an address of this machine, or nowhere. */
import type { Endpoint } from "../../base/network.ts";
import { endpointText, leaf, readEndpoint } from "../../base/option-leaves.ts";

export type HttpPlace = Endpoint | "off";

export const DEFAULT_HTTP: Endpoint = { ip: "127.0.0.1", port: 8080 };

export function httpPlace({ doc }: { readonly doc: string }) {
  return leaf(
    {
      form: "HOST:PORT or off",
      example: endpointText(DEFAULT_HTTP),
      read: (written: string) => (written.toLowerCase() === "off" ? "off" : readEndpoint(written)),
      show: (place: HttpPlace) => (place === "off" ? place : endpointText(place)),
    },
    { otherwise: `${endpointText(DEFAULT_HTTP)}, if nothing listens there`, doc },
  );
}
