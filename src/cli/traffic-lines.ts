/** A circuit's counters as a terminal shows them. Pure. */
import { type Counters, TRAFFIC_CLASSES, type TrafficClass } from "../fabric/report.ts";
import { table } from "./terminal.ts";

/** A row of `GET {circuit}/traffic`. */
export type LinkTraffic = Counters & {
  readonly side: string;
  readonly direction: string;
  readonly classes?: Readonly<Record<TrafficClass, Counters>>;
  readonly milliseconds?: readonly { readonly upTo?: number; readonly count: number }[];
};

const counted = ["packets", "bytes", "dropped packets", "dropped bytes"] as const;

export function trafficLines(rows: readonly LinkTraffic[]): string[] {
  if (rows.length === 0) return ["No edge has a meter of this circuit yet."];
  const links = rows.map((row) => [row.side, row.direction, ...numbers(row)]);
  return [
    ...table(["link", "direction", ...counted], links),
    ...classLines(rows),
    ...millisecondLines(rows),
  ];
}

function classLines(rows: readonly LinkTraffic[]): string[] {
  const lines = rows.flatMap(({ side, direction, classes }) =>
    classes === undefined
      ? []
      : TRAFFIC_CLASSES.map((name) => [side, direction, name, ...numbers(classes[name])]),
  );
  if (lines.length === 0) return [];
  return [
    "",
    "Public peering by class:",
    ...table(["link", "direction", "class", ...counted], lines),
  ];
}

function millisecondLines(rows: readonly LinkTraffic[]): string[] {
  const told = rows.flatMap(({ milliseconds, ...row }) =>
    milliseconds === undefined ? [] : [{ ...row, milliseconds }],
  );
  const [first] = told;
  if (first === undefined) return [];
  const bounds = first.milliseconds.map(({ upTo }) => (upTo === undefined ? "more" : `≤${upTo}`));
  const lines = told.map(({ side, direction, milliseconds }) => [
    side,
    direction,
    ...milliseconds.map(({ count }) => String(count)),
  ]);
  return [
    "",
    "Milliseconds by what was sent in them, in multiples of the bandwidth:",
    ...table(["link", "direction", ...bounds], lines),
  ];
}

function numbers({ packets, bytes, droppedPackets, droppedBytes }: Counters): string[] {
  return [packets, bytes, droppedPackets, droppedBytes].map(String);
}
