/** `GET /causeway/events`: news as server-sent events (WHATWG HTML §9.2), resumed by `Last-Event-ID`. */
import { ArmError, refuse } from "../../domain/errors.ts";
import { eventKinds } from "../../domain/state-event.ts";
import type { Store } from "../../store/store.ts";
import type { Call, Reply } from "../context.ts";
import { methodNotAllowed } from "../path.ts";
import { type EventKind, earsOf, eventWire, visibleTo } from "./visible-events.ts";

const heartbeatMs = 15_000;
const batchMax = 100;
/** Of one principal. */
const streamsMax = 20;

export async function eventStreamReply(call: Call): Promise<Reply> {
  if (call.method !== "GET") throw methodNotAllowed(call.method, ["GET"]);
  const kinds = kindsOf(call.query.get("kinds"));
  const cancelled = new AbortController();
  const { closing } = call.deps;
  const ended = AbortSignal.any([cancelled.signal, ...(closing === undefined ? [] : [closing])]);
  const release = admit(call);
  const feed = feedOf({ ...call, release }, { after: resumeAfter(call), kinds, ended });
  return {
    status: 200,
    headers: { "Content-Type": "text/event-stream", "X-Accel-Buffering": "no" },
    stream: streamOf(feed, cancelled),
  };
}

/** The sequence that the client has heard last; undefined: from now on. */
function resumeAfter(call: Call): number | undefined {
  const sent = call.header("last-event-id") ?? call.query.get("after") ?? "";
  if (sent === "") return undefined;
  if (/^\d{1,15}$/.test(sent)) return Number(sent);
  throw refuse(
    "InvalidParameter",
    "Last-Event-ID",
    `Last-Event-ID is refused: "${sent.slice(0, 50)}" is no id of an event; send the last one that you got, or leave it out.`,
  );
}

function kindsOf(text: string | null): readonly EventKind[] {
  if (text === null || text === "") return eventKinds;
  return text.split(",").map((word) => {
    const kind = eventKinds.find((one) => one === word.trim());
    if (kind !== undefined) return kind;
    throw refuse(
      "InvalidParameter",
      "kinds",
      `kinds is refused: "${word.slice(0, 50)}" is no kind of event; join ${eventKinds.join(", ")} by commas.`,
    );
  });
}

type Feed = {
  readonly after: number | undefined;
  readonly kinds: readonly EventKind[];
  readonly ended: AbortSignal;
};

const openOf = new WeakMap<Store, Map<string, number>>();

/** A place among the streams of the caller; the answer gives it back. */
function admit({ deps: { store }, principal: { objectId } }: Call): () => void {
  const open = openOf.get(store) ?? new Map<string, number>();
  openOf.set(store, open);
  const count = open.get(objectId) ?? 0;
  if (count >= streamsMax) {
    throw new ArmError({
      status: 429,
      code: "LimitExceeded",
      message: `The stream is refused: you have ${count} open and ${streamsMax} are allowed; close one first.`,
    });
  }
  open.set(objectId, count + 1);
  return () => open.set(objectId, (open.get(objectId) ?? 1) - 1);
}

async function* feedOf(
  { deps: { store, clock }, principal, release }: Call & { release: () => void },
  { after, kinds, ended }: Feed,
): AsyncGenerator<string> {
  let news = new AbortController();
  const deaf = store.onEvents(() => news.abort());
  try {
    const span = await store.eventSpan();
    let cursor = after ?? span.last;
    yield "retry: 2000\n\n";
    if (cursor < span.first - 1 || cursor > span.last) {
      cursor = cursor > span.last ? span.last : span.first - 1;
      yield message(cursor, "gap", {
        reason: "Events before this one are not kept any more: read the resources again.",
      });
    }
    while (!ended.aborted) {
      news = new AbortController();
      const batch = await store.events(cursor, batchMax);
      const ears = await earsOf(store, principal.objectId);
      if (ears === undefined) return;
      for (const event of await visibleTo(ears, batch, store)) {
        if (kinds.includes(event.kind)) yield message(event.sequence, event.kind, eventWire(event));
      }
      cursor = batch.at(-1)?.sequence ?? cursor;
      if (batch.length > 0) continue;
      await clock.sleep(heartbeatMs, AbortSignal.any([news.signal, ended]));
      // The id moves on with it, past what this client may not hear.
      if (!news.signal.aborted && !ended.aborted) yield `: ${cursor}\nid: ${cursor}\n\n`;
    }
  } finally {
    deaf();
    release();
  }
}

function message(id: number, event: string, data: unknown): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

function streamOf(
  feed: AsyncGenerator<string>,
  cancelled: AbortController,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await feed.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel() {
      cancelled.abort();
      // Where the reader was slow it stands at a message, and lets go only when it is told to.
      void feed.return(undefined);
    },
  });
}
