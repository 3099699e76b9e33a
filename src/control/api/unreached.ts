/** Why a node cannot be asked, from the system's code: for its own socket, and for its HTTP door. */

export interface Unreached {
  readonly text: string;
  readonly fix?: string;
}

/** Undefined for a code that says nothing to a person. */
export function whyNotBySocket(code: string, socketPath: string): Unreached | undefined {
  switch (code) {
    case "ENOENT":
      return { text: `no node runs on this data folder (there is no ${socketPath})` };
    case "ECONNREFUSED":
      return { text: `the node was not stopped cleanly: nothing answers on ${socketPath}` };
    case "EACCES":
    case "EPERM":
      return { text: `only the node's owner may open ${socketPath}` };
    case "ECONNRESET":
    case "EPIPE":
      return { text: "the node hung up before it answered" };
    default:
      return undefined;
  }
}

export function whyNotByUrl(code: string, url: URL): Unreached | undefined {
  const at = url.origin;
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return { text: `the name ${url.hostname} leads nowhere`, fix: "look at the name, and at this machine's resolver" };
    case "ECONNREFUSED":
      return { text: `nothing listens at ${at}`, fix: "look there: fairlead status; and at the address that http: gives the node" };
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return { text: `there is no way from here to ${at}`, fix: "look at the network in between" };
    case "ETIMEDOUT":
      return { text: `${at} does not answer`, fix: "look at the firewall in between, and whether the node runs" };
    case "ECONNRESET":
    case "EPIPE":
      return { text: `${at} hung up before it answered`, fix: "a node with TLS is named https://" };
    case "CERT_HAS_EXPIRED":
      return { text: `the certificate of ${at} has expired`, fix: "renew it on the node" };
    case "CERT_NOT_YET_VALID":
      return { text: `the certificate of ${at} is not valid yet`, fix: "look at this machine's clock" };
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return { text: `the certificate of ${at} is for another name`, fix: "name the node as its certificate does" };
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
      return { text: `the certificate of ${at} comes from nobody that this machine trusts`, fix: "if it is yours: --ca-file FILE" };
    default:
      return isOtherProtocol(code)
        ? { text: `what listens at ${at} speaks something else`, fix: "look at the port, and at http:// or https://" }
        : undefined;
  }
}

/** Of OpenSSL and of the HTTP parser: the other side's first bytes are neither. */
function isOtherProtocol(code: string): boolean {
  return code === "EPROTO" || code.startsWith("ERR_SSL_") || code.startsWith("HPE_");
}
