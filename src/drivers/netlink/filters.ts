/** Programs on the links of a namespace, as rtnetlink tells of them. Pure. linux/pkt_cls.h (uapi). */
import { attributesOf, dumpRequest, textOf } from "./messages.ts";

const RTM_GETTFILTER = 46;
/** `struct tcmsg`, before the attributes. */
const HEADER = 20;
/** Where clsact lets programs in and out. */
const hooks = [0xfffffff2, 0xfffffff3];

/** A filter is named after its program and where that came from: `edge_ingress:[*fsobj]`. */
export type LinkProgram = { readonly device: string; readonly program: string };

/** The kernel tells of one link and one direction at a time. */
export function filterRequests(ifindex: number): Buffer[] {
  return hooks.map((hook) => {
    const body = Buffer.alloc(HEADER);
    body.writeInt32LE(ifindex, 4);
    body.writeUInt32LE(hook, 12);
    return dumpRequest(RTM_GETTFILTER, body);
  });
}

/** The name of the program of one answer; none where another kind of filter answers, or a mere head of the list. */
export function programIn(body: Buffer): string | undefined {
  const [TCA_KIND, TCA_OPTIONS, TCA_BPF_NAME] = [1, 2, 7];
  const attributes = attributesOf(body, HEADER);
  if (textOf(attributes.get(TCA_KIND)) !== "bpf") return undefined;
  const options = attributesOf(attributes.get(TCA_OPTIONS) ?? Buffer.alloc(0));
  return textOf(options.get(TCA_BPF_NAME))?.split(":")[0];
}
