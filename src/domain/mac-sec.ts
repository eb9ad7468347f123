/**
 * MACsec (IEEE 802.1AE) of the links of a customer's own ports. A request names secrets of a key vault; what they hold
 * is looked up when it is accepted, and kept sealed. Each link has two slots for keys: a new key takes the slot that
 * is not preferred, and the one before stays known, so that the other end may change later.
 */
import { z } from "zod";
import { type LinkName, linkNames } from "./direct-pairs.ts";
import { type ArmError, refuse } from "./errors.ts";
import { defined, listAt, numberAt, objectAt, objectOf, sameJson, textAt } from "./fields.ts";
import type { Sealer, SecretSource, View } from "./resource.ts";
import type { Json, JsonObject, StoredResource } from "./state.ts";
import { oneOf } from "./values.ts";

const ciphers = ["GcmAes128", "GcmAes256", "GcmAesXpn128", "GcmAesXpn256"] as const;
type Cipher = (typeof ciphers)[number];

const identifierPasses =
  "must be the address of a secret in a key vault: https://VAULT/secrets/NAME, with or without /VERSION";
const SecretIdentifier = z
  .string({ error: identifierPasses })
  .max(400, { error: identifierPasses })
  .regex(/^https:\/\/[A-Za-z0-9.-]+(:\d{1,5})?\/secrets\/[A-Za-z0-9-]+(\/[A-Za-z0-9]+)?\/?$/, {
    error: identifierPasses,
  });

export const MacSecBody = z.strictObject(
  {
    cknSecretIdentifier: SecretIdentifier.optional(),
    cakSecretIdentifier: SecretIdentifier.optional(),
    cipher: oneOf(ciphers).optional(),
    sciState: oneOf(["Enabled", "Disabled"]).optional(),
  },
  { error: "must be an object" },
);

export type MacSecAsked = z.infer<typeof MacSecBody>;

/** What clients read where nothing is set, and send back. */
export const macSecDefaults = { sciState: "Disabled", cipher: "GcmAes128" } as const;

/** A link that a request names: where it stands there, and what it asks. */
export type AskedLink = {
  readonly name: LinkName;
  readonly at: string;
  readonly asked: MacSecAsked | undefined;
};

type Slot = 0 | 1;
type Key = { readonly ckn: string; readonly cak: string };
type HeldKey = Key & { readonly slot: Slot; readonly cknSecretIdentifier: string };
type Held = {
  readonly cipher: Cipher;
  readonly sciState: "Enabled" | "Disabled";
  readonly preferred: Slot;
  /** CKN and CAK are sealed. */
  readonly keys: readonly HeldKey[];
};

type Judging = {
  readonly view: Pick<View, "sealer" | "secrets">;
  readonly subscriptionId: string;
  readonly previous: StoredResource | undefined;
};

/** What is sent and held of a link, less its keys: an absent configuration keeps the held one, one without secrets ends it. */
export function macSecStored(
  name: LinkName,
  asked: MacSecAsked | undefined,
  previous: StoredResource | undefined,
): JsonObject | undefined {
  if (asked === undefined) return macSecAskedBefore(previous, name);
  const kept = defined({ ...macSecDefaults, ...asked });
  return sameJson(kept, macSecDefaults) ? undefined : kept;
}

function macSecAskedBefore(
  row: StoredResource | undefined,
  name: LinkName,
): JsonObject | undefined {
  const links = listAt(row?.desired, "properties.links");
  const link = links.find((one) => textAt(one, "name") === name);
  const held = objectAt(link, "properties.macSecConfig");
  return Object.keys(held).length === 0 ? undefined : held;
}

/** What the two links have once the request is accepted, and every reason why it cannot be. */
export async function macSecOf(
  links: readonly AskedLink[],
  judging: Judging,
): Promise<{ assigned: JsonObject; refusals: readonly ArmError[] }> {
  const refusals: ArmError[] = [];
  const next = new Map<LinkName, Held>();
  for (const name of linkNames) {
    const link = links.find((one) => one.name === name);
    const before = heldOf(judging.previous, name);
    const after = link?.asked === undefined ? before : await changed(link, before, judging);
    if (Array.isArray(after)) refusals.push(...after);
    else if (after !== undefined) next.set(name, after);
  }
  refusals.push(...sharedNames(links, next, judging.view.sealer));
  return { assigned: Object.fromEntries(next) as unknown as JsonObject, refusals };
}

export function heldOf(row: StoredResource | undefined, name: LinkName): Held | undefined {
  const held = objectAt(row?.assigned, `macSec.${name}`);
  // The control plane wrote it itself, in `macSecOf`.
  return Object.keys(held).length === 0 ? undefined : (held as unknown as Held);
}

async function changed(
  link: AskedLink,
  before: Held | undefined,
  judging: Judging,
): Promise<Held | undefined | ArmError[]> {
  const { asked, at } = link;
  const { cknSecretIdentifier, cakSecretIdentifier } = asked ?? {};
  if (cknSecretIdentifier === undefined && cakSecretIdentifier === undefined) return undefined;
  if (cknSecretIdentifier === undefined || cakSecretIdentifier === undefined)
    return [incomplete(at, cknSecretIdentifier === undefined ? "ckn" : "cak")];
  const { cipher = macSecDefaults.cipher, sciState = macSecDefaults.sciState } = asked ?? {};
  const read = await readKey(link, { cknSecretIdentifier, cakSecretIdentifier, cipher }, judging);
  if (Array.isArray(read)) return read;
  const { sealer } = judging.view;
  const { preferred, keys } = withKey(before, { ...read, cknSecretIdentifier }, sealer);
  const clash = keys.some(
    (one) => one.slot !== preferred && sameName(sealer.open(one.ckn), read.ckn),
  );
  if (clash) return [nameReused(at)];
  const fitting = keys.filter(({ cak }) => fits(sealer.open(cak), cipher));
  return { cipher, sciState, preferred, keys: fitting };
}

/** Both secrets, or every reason why they are no key for the cipher. Nothing of a secret is in a message. */
async function readKey(
  { name, at }: AskedLink,
  {
    cknSecretIdentifier,
    cakSecretIdentifier,
    cipher,
  }: { cknSecretIdentifier: string; cakSecretIdentifier: string; cipher: Cipher },
  judging: Judging,
): Promise<Key | ArmError[]> {
  const held = keptKey(name, { cknSecretIdentifier, cakSecretIdentifier }, judging);
  const { secrets } = judging.view;
  const read = async (identifier: string) =>
    (await secrets?.read(judging.subscriptionId, identifier.replace(/\/$/, "")))?.trim();
  const ckn = (await read(cknSecretIdentifier)) ?? held?.ckn;
  const cak = (await read(cakSecretIdentifier)) ?? held?.cak;
  const errors: ArmError[] = [];
  if (ckn === undefined) errors.push(noSecret(`${at}.cknSecretIdentifier`, secrets));
  else if (!/^([0-9a-f]{2}){1,32}$/i.test(ckn)) errors.push(badName(at));
  if (cak === undefined) errors.push(noSecret(`${at}.cakSecretIdentifier`, secrets));
  else if (!/^([0-9a-f]{32}|[0-9a-f]{64})$/i.test(cak)) errors.push(badKey(at));
  else if (!fits(cak, cipher)) errors.push(unfit(at, cipher));
  if (errors.length > 0 || ckn === undefined || cak === undefined) return errors;
  return { ckn: ckn.toLowerCase(), cak: cak.toLowerCase() };
}

/** A client that sends back what it read loses no key because its secrets are gone from where they were. */
function keptKey(
  name: LinkName,
  asked: { cknSecretIdentifier: string; cakSecretIdentifier: string },
  { previous, view: { sealer } }: Judging,
): Key | undefined {
  const before = macSecAskedBefore(previous, name);
  const isSame = Object.entries(asked).every(([field, text]) => before?.[field] === text);
  const held = heldOf(previous, name);
  const key = held?.keys.find(({ slot }) => slot === held.preferred);
  if (!isSame || key === undefined) return undefined;
  return { ckn: sealer.open(key.ckn), cak: sealer.open(key.cak) };
}

/** The key in its slot: where it is known already, it stays there, sealed as it was. */
function withKey(
  before: Held | undefined,
  { ckn, cak, cknSecretIdentifier }: Key & { cknSecretIdentifier: string },
  sealer: Sealer,
): Pick<Held, "preferred" | "keys"> {
  const keys = before?.keys ?? [];
  const known = keys.find((one) => sealer.open(one.ckn) === ckn && sealer.open(one.cak) === cak);
  const slot: Slot = known?.slot ?? (before?.preferred === 0 ? 1 : 0);
  const key = known ?? { slot, ckn: sealer.seal(ckn), cak: sealer.seal(cak) };
  const others = keys.filter((one) => one.slot !== slot);
  const all = [...others, { ...key, cknSecretIdentifier }];
  return { preferred: slot, keys: all.sort((one, other) => one.slot - other.slot) };
}

/** A name that both links have would not tell which key is meant, and a cable crossed by mistake would work. */
function sharedNames(
  links: readonly AskedLink[],
  next: ReadonlyMap<LinkName, Held>,
  sealer: Sealer,
): readonly ArmError[] {
  const namesOf = (name: LinkName) =>
    (next.get(name)?.keys ?? []).map(({ ckn }) => sealer.open(ckn));
  const own = namesOf("link1");
  const isShared = namesOf("link2").some((ckn) => own.some((one) => sameName(one, ckn)));
  const link = links.findLast(({ asked }) => asked?.cknSecretIdentifier !== undefined);
  if (!isShared || link === undefined) return [];
  const target = `${link.at}.cknSecretIdentifier`;
  return [
    refuse(
      "MacSecKeyInUse",
      target,
      `${target} is refused: the other link of the port has a key of that name; give each link a CKN of its own.`,
    ),
  ];
}

/** Some routers fill short names up with zeros: then they are the same. */
function sameName(one: string, other: string): boolean {
  return one.padEnd(64, "0") === other.padEnd(64, "0");
}

function fits(cak: string, cipher: Cipher): boolean {
  return cak.length === digitsOf(cipher);
}

function digitsOf(cipher: Cipher): 32 | 64 {
  return cipher.endsWith("128") ? 32 : 64;
}

function incomplete(at: string, missing: "ckn" | "cak"): ArmError {
  const target = `${at}.${missing}SecretIdentifier`;
  return refuse(
    "MacSecKeyInvalid",
    target,
    `${target} is missing: a key is a CKN and a CAK; send both secret identifiers, or neither to end MACsec on the link.`,
  );
}

function noSecret(target: string, secrets: SecretSource | undefined): ArmError {
  const why =
    secrets === undefined
      ? "this installation has no secret store; its operator starts it with --secrets FILE"
      : "the secret store has no such secret for this subscription; ask the operator to put it there";
  return refuse("InvalidResourceReference", target, `${target} is refused: ${why}.`);
}

/** IEEE 802.1X-2020 §9.3.1: 1 to 32 octets. */
function badName(at: string): ArmError {
  const target = `${at}.cknSecretIdentifier`;
  const passes = "an even number of hexadecimal digits, 2 to 64 of them";
  const message = `${target} is refused: the secret that it names is no CKN; it must be ${passes}.`;
  return refuse("MacSecKeyInvalid", target, message);
}

/** Routers fill a short one up with zeros, each in its own way: nothing is filled up here. */
function badKey(at: string): ArmError {
  const target = `${at}.cakSecretIdentifier`;
  const passes = "32 hexadecimal digits for a 128-bit cipher, or 64 for a 256-bit one";
  const message = `${target} is refused: the secret that it names is no CAK; it must be ${passes}.`;
  return refuse("MacSecKeyInvalid", target, message);
}

function unfit(at: string, cipher: Cipher): ArmError {
  const target = `${at}.cipher`;
  const message = `${target} is refused: ${cipher} needs a CAK of ${digitsOf(cipher)} hexadecimal digits, and the secret named has another length; choose a cipher of its length or another secret.`;
  return refuse("MacSecKeyInvalid", target, message);
}

function nameReused(at: string): ArmError {
  const target = `${at}.cknSecretIdentifier`;
  return refuse(
    "MacSecKeyInUse",
    target,
    `${target} is refused: the link has another CAK under that CKN; a new CAK needs a new CKN, so that both ends know which of the two is meant.`,
  );
}

/** What a link is told to have: sealed as it is kept. Undefined: nothing is encrypted. */
export function macSecWanted(row: StoredResource, name: LinkName): JsonObject | undefined {
  const held = objectAt(row.assigned, `macSec.${name}`);
  const { cipher, sciState, preferred, keys = [] } = held;
  if (cipher === undefined) return undefined;
  const known = (keys as readonly Json[]).map((key) => {
    const { slot = 0, ckn = "", cak = "" } = objectOf(key);
    return { slot, ckn, cak };
  });
  return defined({ cipher, sci: sciState === "Enabled", preferred, keys: known });
}

/** What a link is read to be: no key, only which of them there are and whether they are carried. */
export function macSecState(row: StoredResource, name: LinkName): JsonObject | undefined {
  const held = objectAt(row.assigned, `macSec.${name}`);
  if (held["cipher"] === undefined) return undefined;
  const preferred = numberAt(held, "preferred");
  const keys = listAt(held, "keys").map((key) => ({
    slot: numberAt(key, "slot") ?? 0,
    cknSecretIdentifier: textAt(key, "cknSecretIdentifier") ?? "",
    use: numberAt(key, "slot") === preferred ? "Preferred" : "StillKnown",
  }));
  return { ...carriage(row, name), keys };
}

function carriage(row: StoredResource, name: LinkName): JsonObject {
  const isTold = sameJson(objectAt(row.observed, `macSec.${name}`), macSecWanted(row, name));
  const reason = textAt(row.observed, `macSecNotCarried.${name}`);
  if (!isTold || (reason === undefined && row.provisioningState !== "Succeeded"))
    return { state: "Pending", reason: "the edge has yet to take it in" };
  return reason === undefined ? { state: "Carried" } : { state: "NotCarried", reason };
}
