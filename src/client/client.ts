/** A client of the API over fetch, for the command line and the demo. */
import type { Clock } from "../base/clock.ts";
import { systemClock } from "../base/clock.ts";
import type { TokenSource } from "./token-source.ts";

export type ClientOptions = {
  /** `https://host:port`. */
  readonly endpoint: string;
  readonly token: TokenSource;
  readonly apiVersion?: string;
  readonly fetch?: (request: Request) => Promise<Response>;
  readonly clock?: Clock;
};

/** A resource as the API answers with it. */
export type WireResource = {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly etag?: string;
  readonly location?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties: { readonly provisioningState?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
};

/** Where an operation can be followed; without a link it is done. */
export type PendingOperation = { readonly statusUrl?: string };

export type Answer<T> = PendingOperation & { readonly status: number; readonly body: T };

export type ErrorDetail = {
  readonly code: string;
  readonly message: string;
  readonly target?: string;
  readonly details?: readonly ErrorDetail[];
};

/** What the API refused, with every reason. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: string;
  readonly target: string | undefined;
  readonly details: readonly ErrorDetail[];

  constructor(status: number, error: ErrorDetail) {
    super([error, ...(error.details ?? [])].map(({ message }) => message).join("\n"));
    this.status = status;
    this.code = error.code;
    this.target = error.target;
    this.details = error.details ?? [];
  }
}

export interface Client {
  get<T = WireResource>(path: string): Promise<T>;
  /** Undefined where there is nothing. */
  find<T = WireResource>(path: string): Promise<T | undefined>;
  /** What is no JSON: `/metrics`. */
  text(path: string): Promise<string>;
  put<T = WireResource>(path: string, body: unknown, ifMatch?: string): Promise<Answer<T>>;
  post<T = unknown>(path: string, body?: unknown): Promise<Answer<T>>;
  patch<T = WireResource>(path: string, body: unknown): Promise<Answer<T>>;
  delete(path: string, ifMatch?: string): Promise<Answer<unknown>>;
  /** All pages. */
  list<T = WireResource>(path: string): Promise<readonly T[]>;
  /** Resolves when the operation has succeeded; rejects with an `ApiError` when it has failed. */
  waitFor(operation: PendingOperation, options?: { timeoutMs?: number }): Promise<void>;
}

type Send = {
  method: string;
  path: string;
  body?: unknown;
  ifMatch?: string | undefined;
};

const pollMs = 250;
const pagesMax = 1_000;

export function createClient(options: ClientOptions): Client {
  const send = <T>(request: Send) => sendRequest<T>(options, request);
  const get = async <T>(path: string) => (await send<T>({ method: "GET", path })).body;
  return {
    get,
    async find<T>(path: string) {
      try {
        return await get<T>(path);
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return undefined;
        throw error;
      }
    },
    text: async (path) => (await exchange(options, { method: "GET", path })).text,
    put: (path, body, ifMatch) => send({ method: "PUT", path, body, ifMatch }),
    post: (path, body) => send({ method: "POST", path, body }),
    patch: (path, body) => send({ method: "PATCH", path, body }),
    delete: (path, ifMatch) => send({ method: "DELETE", path, ifMatch }),
    async list<T>(path: string) {
      const rows: T[] = [];
      let next: string | undefined = path;
      for (let page = 0; next !== undefined && page < pagesMax; page += 1) {
        const answer: { value: T[]; nextLink?: string } = await get(next);
        rows.push(...answer.value);
        next = answer.nextLink;
      }
      return rows;
    },
    waitFor: (operation, { timeoutMs = 60_000 } = {}) =>
      waitForOperation(operation, { get, clock: options.clock ?? systemClock, timeoutMs }),
  };
}

async function waitForOperation(
  { statusUrl }: PendingOperation,
  { get, clock, timeoutMs }: { get: Client["get"]; clock: Clock; timeoutMs: number },
): Promise<void> {
  if (statusUrl === undefined) return;
  const end = clock.now() + timeoutMs;
  for (;;) {
    const { status, error } = await get<{ status: string; error?: ErrorDetail }>(statusUrl);
    if (status === "Succeeded") return;
    if (status !== "InProgress") {
      throw new ApiError(409, error ?? { code: status, message: `The operation ended ${status}.` });
    }
    if (clock.now() >= end) {
      const message = `The operation is still in progress after ${timeoutMs / 1_000} s; it goes on, look at ${statusUrl}.`;
      throw new ApiError(408, { code: "OperationTimedOut", message });
    }
    await clock.sleep(pollMs);
  }
}

async function sendRequest<T>(options: ClientOptions, send: Send): Promise<Answer<T>> {
  const { response, text } = await exchange(options, send);
  const statusUrl = response.headers.get("Azure-AsyncOperation") ?? undefined;
  return {
    status: response.status,
    // What the API answers with is typed by the caller.
    body: (text === "" ? undefined : JSON.parse(text)) as T,
    ...(statusUrl === undefined ? {} : { statusUrl }),
  };
}

async function exchange(
  options: ClientOptions,
  send: Send,
): Promise<{ response: Response; text: string }> {
  const { method, path, body, ifMatch } = send;
  const headers = new Headers({ Authorization: `Bearer ${await options.token()}` });
  if (body !== undefined) headers.set("Content-Type", "application/json");
  if (ifMatch !== undefined) headers.set("If-Match", ifMatch);
  const request = new Request(urlOf(options, path), {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const response = await (options.fetch ?? fetch)(request);
  const text = await response.text();
  if (!response.ok) throw new ApiError(response.status, errorIn(text, response));
  return { response, text };
}

/** A path of the API with its version, or a link that the API gave. */
function urlOf({ endpoint, apiVersion = "2025-05-01" }: ClientOptions, path: string): URL {
  const url = new URL(path, endpoint);
  if (!url.searchParams.has("api-version")) url.searchParams.set("api-version", apiVersion);
  return url;
}

function errorIn(text: string, { status, statusText }: Response): ErrorDetail {
  try {
    const { error } = JSON.parse(text) as { error?: ErrorDetail };
    if (error !== undefined) return error;
  } catch {}
  const message = `The server answered ${status} ${statusText} and not in the way of this API; is the endpoint right?`;
  return { code: "UnexpectedAnswer", message };
}
