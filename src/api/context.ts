import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { sealSecret, unseal } from "../base/secret.ts";
import type { Role, Sealer, SecretSource, View } from "../domain/resource.ts";
import type { Inventory } from "../fabric/inventory.ts";
import type { ActivityKept, Json, Store, StoreReader } from "../store/store.ts";
import type { Access } from "./access/access.ts";
import type { Rehearse } from "./dry-run.ts";
import type { Readouts } from "./readouts.ts";
import type { TrustedIssuers } from "./sign-in/client-proof.ts";

/** Who asks. */
export type Principal = {
  readonly name: string;
  readonly role: Role;
  readonly objectId: string;
  /** The subscription that customers and providers are bound to, and that an operator starts from. */
  readonly subscriptionId: string;
  /** The one provider that it stands for; absent: all of the fabric. */
  readonly providerName?: string;
};

export type ApiDependencies = {
  readonly store: Store;
  readonly inventory: Inventory;
  /** The one directory that everybody is in. */
  readonly tenantId: string;
  /** Issuers whose assertions stand for applications. */
  readonly trustedIssuers?: TrustedIssuers;
  /** Subscription that holds the cross connections. */
  readonly providerSubscriptionId: string;
  /** Tells reconcile that scopes are dirty. */
  readonly wake: () => void;
  /** Tells who serves webhooks that there are others now. */
  readonly webhooksChanged?: () => void;
  readonly clock: Clock;
  readonly random: Random;
  /** 32 bytes. */
  readonly sealKey: Uint8Array;
  /** What a key vault's identifiers stand for. */
  readonly secrets?: SecretSource;
  readonly log: Log;
  /** Refuses a write while another to the same circuit goes on, as the original does; else it waits its turn. */
  readonly compat409?: boolean;
  readonly readouts?: Readouts;
  /** What a write would ask of the nodes; absent: dry runs tell only of the resource. */
  readonly rehearse?: Rehearse;
  /** Ends what would be sent for ever. */
  readonly closing?: AbortSignal;
  /** How much of the activity is kept; the standing measure where it is absent. */
  readonly activityKept?: ActivityKept;
};

/** One request, parsed. */
export type Call = {
  readonly deps: ApiDependencies;
  readonly principal: Principal;
  readonly access: Access;
  readonly method: string;
  /** `https://host:port`, for links. */
  readonly origin: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly apiVersion: string;
  /** Of the answer; requests that the platform makes of itself have none. */
  readonly requestId?: string;
  /** Where the request came from. */
  readonly address?: string;
  header(name: string): string | undefined;
  /** The body as JSON, read on demand. */
  json(): Promise<Json>;
  /** The body as it was sent. */
  text(): Promise<string>;
};

export const jsonType = "application/json; charset=utf-8";

export type Reply = {
  readonly status: number;
  readonly body?: Json;
  /** A page for people, in place of a body. */
  readonly html?: string;
  /** Text of another kind, in place of a body. */
  readonly text?: { readonly type: string; readonly content: string | Uint8Array<ArrayBuffer> };
  /** What goes on being sent, in place of a body. */
  readonly stream?: ReadableStream<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
};

export function viewOf({ deps, principal, access }: Call, reader: StoreReader): View {
  return {
    reader,
    inventory: deps.inventory,
    role: principal.role,
    ...(principal.providerName === undefined ? {} : { providerName: principal.providerName }),
    providerSubscriptionId: deps.providerSubscriptionId,
    sealer: sealerOf(deps),
    ...(deps.secrets === undefined ? {} : { secrets: deps.secrets }),
    allows: (action, scope) => access.allows(action, scope),
  };
}

export function sealerOf({ sealKey }: ApiDependencies): Sealer {
  return {
    seal: (text) => sealSecret(sealKey, text),
    open: (sealed) => unseal(sealKey, sealed),
  };
}
