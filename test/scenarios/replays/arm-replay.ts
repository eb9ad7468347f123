/** Requests as clients built on Go send them: signed in by secret, absolute links followed as they stand, one origin. */
import { expect } from "vitest";
import { type Api, customerSubscription, type Wire } from "../../../src/api/api-fixture.ts";

export const origin = "https://causeway.example:8443";
export const tenant = "00000000-0000-4000-8000-000000000001";
export const subscription = `/subscriptions/${customerSubscription}`;

type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Wire;
};

type Style = {
  /** Of every kind of path; the last one that fits. */
  version(path: string): string;
  readonly headers: Readonly<Record<string, string>>;
};

/** Terraform's azurerm 5.x. */
export const azurerm: Style = {
  version: (path: string) => {
    if (/\/providers\/Microsoft\.Network\//i.test(path)) return "2025-01-01";
    return /\/resourceGroups/i.test(path) ? "2023-07-01" : "2022-09-01";
  },
  headers: {
    accept: "application/json; charset=utf-8; IEEE754Compatible=false",
    "content-type": "application/json; charset=utf-8",
    "odata-maxversion": "4.0",
    "odata-version": "4.0",
    "x-ms-correlation-request-id": "5b9a5e57-7bcd-4a19-a6d4-2f0d2f3c9c11",
  },
};

export class ArmReplay {
  readonly #api: Api;
  readonly #style: Style;
  readonly #token: string;

  private constructor(api: Api, style: Style, token: string) {
    this.#api = api;
    this.#style = style;
    this.#token = token;
  }

  static async signIn(api: Api, style: Style, client = "customer"): Promise<ArmReplay> {
    const { access_token: token } = await tokenOf(api, `/${tenant}/oauth2/v2.0/token`, client);
    return new ArmReplay(api, style, String(token));
  }

  /** A relative path gets the client's version; a link is taken unchanged. */
  async send(method: string, path: string, body?: unknown): Promise<Answer> {
    const mark = path.includes("?") ? "&" : "?";
    const url = path.startsWith("https:")
      ? path
      : `${origin}${path}${mark}api-version=${this.#style.version(path)}`;
    const response = await this.#api.raw(
      new Request(url, {
        method,
        headers: { authorization: `Bearer ${this.#token}`, ...this.#style.headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
    const text = await response.text();
    const { status, headers } = response;
    if (text !== "") expect(headers.get("content-type")).toBe("application/json; charset=utf-8");
    return { status, headers, text, body: JSON.parse(text === "" ? "{}" : text) as Wire };
  }

  /** The link of an operation: absolute, at our own origin, with the version that was asked with. */
  link({ headers }: Answer, name: string): string {
    const link = headers.get(name) ?? "";
    expect([name, link.slice(0, origin.length)]).toEqual([name, origin]);
    expect(new URL(link).searchParams.get("api-version")).toMatch(/^\d{4}-\d\d-\d\d$/);
    return link;
  }

  /** PUT, polls until the end, GET; `created` as the client expects it. */
  async put(path: string, body: unknown, created: boolean): Promise<Wire> {
    const put = await this.send("PUT", path, body);
    expect([path, put.status, put.status < 300 ? "" : put.text]).toEqual([
      path,
      created ? 201 : 200,
      "",
    ]);
    expect(put.body).toMatchObject({ name: path.split("/").at(-1) });
    await this.follow(put);
    const { status, body: read } = await this.send("GET", path);
    expect([path, status, read["properties"]?.["provisioningState"]]).toEqual([
      path,
      200,
      "Succeeded",
    ]);
    return read;
  }

  /** Polls as often as needed: every answer on the way says when to ask again. */
  async follow(answer: Answer): Promise<void> {
    const link = this.link(answer, "azure-asyncoperation");
    expect(answer.headers.get("retry-after")).toBe("1");
    const state = String(answer.body["properties"]?.["provisioningState"]);
    const first = await this.send("GET", link);
    expect([first.status, first.body["status"]]).toEqual([
      200,
      state === "Updating" ? "InProgress" : "Succeeded",
    ]);
    if (state === "Updating") expect(first.headers.get("retry-after")).toBe("1");
    await this.#api.settle();
    const last = await this.send("GET", link);
    expect([last.status, last.body["status"], last.body["error"]]).toEqual([
      200,
      "Succeeded",
      undefined,
    ]);
  }

  /** Nothing is there yet. */
  async missing(path: string): Promise<void> {
    const { status, body } = await this.send("GET", path);
    expect([path, status]).toEqual([path, 404]);
    expect(body["error"]).toMatchObject({
      code: expect.any(String),
      message: expect.any(String),
      details: [],
    });
  }

  async create(path: string, body: unknown): Promise<Wire> {
    await this.missing(path);
    return this.put(path, body, true);
  }

  /** DELETE, then GET until 404, whatever the links say. */
  async delete(path: string): Promise<Answer> {
    const gone = await this.send("DELETE", path);
    expect([path, gone.status, gone.text]).toEqual([path, 202, ""]);
    expect(gone.headers.get("retry-after")).toBe("1");
    this.link(gone, "azure-asyncoperation");
    this.link(gone, "location");
    const { status, body } = await this.send("GET", path);
    if (status === 200) expect(body["properties"]?.["provisioningState"]).toBe("Deleting");
    else expect(status).toBe(404);
    await this.#api.settle();
    await this.missing(path);
    expect((await this.send("DELETE", path)).status).toBe(204);
    return gone;
  }
}

export async function tokenOf(
  api: Api,
  path: string,
  client: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Wire> {
  const form = {
    grant_type: "client_credentials",
    client_id: client,
    client_secret: `${client}-secret`,
    scope: `${origin}/.default`,
    ...more,
  };
  const body = new URLSearchParams(form);
  const response = await api.raw(new Request(origin + path, { method: "POST", body }));
  expect([path, response.status]).toEqual([path, 200]);
  return (await response.json()) as Wire;
}
