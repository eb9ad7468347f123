/**
 * Every error the API answers with. A message says what was refused, its value, and what would pass;
 * `target` is the field. The HTTP form is made in one place, `api/error-response.ts`.
 */

/** Every code and what it means. A code is never reused for something else. */
export const errorCodes = {
  AddressSpaceInvalid: "an address space or subnet that cannot be",
  AddressSpaceOverlap: "address ranges that would be joined overlap",
  AddressUnavailable: "an address that is reserved, taken or outside its subnet",
  AnotherOperationInProgress:
    "the resource or its parent is being deleted, or, where asked for, updated",
  AsnNotPublic: "an AS number that is set aside for documentation",
  AsnReserved: "an AS number that the platform keeps for itself",
  AuthenticationFailed: "no bearer token",
  AuthorizationFailed: "the caller's role does not allow it",
  AuthorizationInvalid: "an authorization key that is missing, wrong or in use",
  BandwidthNotOffered: "a bandwidth that the provider or port does not sell",
  CircuitNotProvisioned: "the provider has not provisioned the circuit",
  ChildNotEmbedded: "a child that does not exist is named inside its parent",
  ConflictError: "something still depends on what should go",
  ConnectionExists: "the gateway and the circuit are joined already",
  ExpiredAuthenticationToken: "a bearer token whose time is over",
  FailoverTestNotRunning: "no failover test is under way that could be stopped",
  FailoverTestRunning: "a failover test is under way, and there is one at a time",
  GatewayExists: "the virtual network has its gateway already",
  GatewayTransitMissing: "the other network has no gateway that this one may use",
  HandOffUnavailable: "a hand-off that does not exist or is in use",
  ImmutableField: "a field that cannot change once it is set",
  InvalidAuthenticationToken: "a bearer token that this server did not give, or for something else",
  InvalidLinks: "links of a port that cannot be",
  InvalidParameter: "a field with a value that is not allowed",
  InvalidParameters: "several refusals at once, in the details",
  InvalidRequestContent: "a body that cannot be read",
  InvalidResourceLocation: "a location that differs from the one at creation",
  InvalidResourceName: "a name that is not allowed",
  InvalidResourceReference: "an id of something that does not exist or cannot be used here",
  InvalidResourceType: "a path that names no resource type",
  DeploymentFailed: "a resource of a deployment could not be written",
  DeploymentNotFound: "the deployment does not exist",
  InvalidTemplate: "a deployment's template that cannot be read or evaluated",
  InternalServerError: "a promise of ours was broken",
  LimitExceeded: "one more than a limit allows",
  LinkedAuthorizationFailed: "the body names something that the caller may not use",
  LocationNotAvailable: "a region or peering location that does not exist",
  MacSecKeyInUse: "a name of a MACsec key that the port has for another key",
  MacSecKeyInvalid: "secrets that are no MACsec key for the cipher",
  MethodNotAllowed: "a verb that this resource does not know",
  MissingApiVersionParameter: "a request without api-version",
  NoCapacity: "no port, tag or bandwidth is left",
  NoRegisteredProviderFound: "an api-version that is not one",
  NotOffered: "part of the API that is not offered yet",
  ParentResourceNotFound: "the parent of a child does not exist",
  PeeringInvalid: "peering subnets that cannot be",
  PeeringMissing: "the circuit has no private peering",
  PathNotRedundant: "a failover test would take the last working path away",
  PrefixInUse: "a public prefix that something else has",
  PrefixNotPublic: "addresses that are not public where public ones are needed",
  PreconditionFailed: "If-Match or If-None-Match does not hold",
  PrefixListInvalid: "an entry of a prefix list that cannot match, or is there twice",
  ProviderUnknown: "a provider that does not exist or is not at this location",
  ReadoutUnavailable: "no edge could be read",
  RegionOutOfReach: "the circuit's tier does not reach that region",
  RequestEntityTooLarge: "a body above the limit",
  ResourceDeleted: "the operation ended because its resource was deleted",
  ResourceGroupNotFound: "the resource group does not exist",
  ResourceNotFound: "the resource does not exist",
  RoleAssignmentExists: "the principal has that role there already",
  RoleDefinitionDoesNotExist: "an id that names no role",
  DnsRecordInUse: "a name that another address of the region holds",
  SkuInvalid: "a tier or family that cannot be, or a change that is not allowed",
  StateTransitionInvalid: "a provider state that cannot follow the present one",
  StorageUnavailable: "the data folder cannot be written",
  SubscriptionNotFound: "the subscription does not exist for this caller",
  UnknownField: "a field that the resource type does not have",
  VlanInUse: "a VLAN that another peering holds",
} as const;

export type ErrorCode = keyof typeof errorCodes;

type Parts = {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly target?: string;
  readonly details?: readonly ArmError[];
};

export class ArmError extends Error {
  override readonly name = "ArmError";
  readonly status: number;
  readonly code: ErrorCode;
  readonly target: string | undefined;
  readonly details: readonly ArmError[];

  constructor({ status, code, message, target, details = [] }: Parts) {
    super(message);
    this.status = status;
    this.code = code;
    this.target = target;
    this.details = details;
  }
}

/** The field `target` is refused. */
export function refuse(code: ErrorCode, target: string, message: string): ArmError {
  return new ArmError({ status: 400, code, target, message });
}

/** The state of something stands in the way. */
export function conflict(code: ErrorCode, target: string, message: string): ArmError {
  return new ArmError({ status: 409, code, target, message });
}

/** An edge that cannot be read just now: the caller may try again. */
export function readoutUnavailable(message: string): ArmError {
  return new ArmError({ status: 503, code: "ReadoutUnavailable", message });
}

export function notFound(code: ErrorCode, message: string): ArmError {
  return new ArmError({ status: 404, code, message });
}

/** More than anybody reads; whoever sends garbage gets no more of it back. */
export const reasonsMax = 100;

/** One refusal as it is; several as details of one. */
export function allOf(errors: readonly ArmError[]): ArmError | undefined {
  const [first, ...others] = errors;
  if (first === undefined || others.length === 0) return first;
  const status = errors.every((error) => error.status === 409) ? 409 : 400;
  return new ArmError({
    status,
    code: status === 409 ? "ConflictError" : "InvalidParameters",
    message:
      errors.length > reasonsMax
        ? `The request is refused for more than ${reasonsMax} reasons; the first ${reasonsMax} are in the details.`
        : `The request is refused for ${errors.length} reasons; every one is in the details.`,
    details: errors.slice(0, reasonsMax),
  });
}

export function throwAny(errors: readonly ArmError[]): void {
  const error = allOf(errors);
  if (error !== undefined) throw error;
}

export function invalidField(target: string, value: unknown, passes: string): ArmError {
  return refuse(
    "InvalidParameter",
    target,
    `${target} is refused: ${show(value)} is not allowed; it ${passes}.`,
  );
}

export function requiredField(target: string, passes: string): ArmError {
  return refuse("InvalidParameter", target, `${target} is missing; it ${passes}.`);
}

export function unknownField(target: string, known: readonly string[]): ArmError {
  const passes = known.length === 0 ? "Leave it out." : `Known here: ${known.join(", ")}.`;
  return refuse(
    "UnknownField",
    target,
    `${target} is refused: this resource type has no such field. ${passes}`,
  );
}

export function notOffered(target: string, passes: string): ArmError {
  return refuse("NotOffered", target, `${target} is refused: it is not offered yet; ${passes}.`);
}

export function immutableField(
  target: string,
  { held, asked }: { held: unknown; asked: unknown },
): ArmError {
  return refuse(
    "ImmutableField",
    target,
    `${target} is refused: it is ${show(held)} and cannot become ${show(asked)}; delete the resource and create another, or send ${show(held)}.`,
  );
}

export function referenceNotFound(target: string, id: string): ArmError {
  return refuse(
    "InvalidResourceReference",
    target,
    `${target} is refused: ${show(id)} was not found; name a resource that exists and that you may use.`,
  );
}

export function noCapacity(target: string, message: string): ArmError {
  return conflict("NoCapacity", target, message);
}

/** A value as a message shows it. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= 100 ? text : `${text.slice(0, 100)}…`;
}
