/** The letter with which a customer orders the cross-connects to a pair of ports, as a PDF (ISO 32000). */

/** One end that may be plugged into. */
export type LetterPort = {
  readonly name: string;
  readonly routerName: string;
  readonly interfaceName: string;
  readonly rackId: string;
  readonly patchPanelId: string;
};

export type Letter = {
  readonly customerName: string;
  readonly resourceId: string;
  readonly peeringLocation: string;
  /** Absent where the inventory does not say. */
  readonly address?: string;
  readonly bandwidthGbps: number;
  readonly encapsulation: string;
  readonly ports: readonly LetterPort[];
  readonly writtenAt: Date;
};

const columns = ["", "Edge router", "Interface", "Rack", "Patch panel"] as const;
const margin = 50;
const lineWidth = 495;

export async function letterPdf(letter: Letter): Promise<Uint8Array> {
  // Few servers ever write a letter, and fonts take longer to load than the rest of the API.
  const { default: PDFDocument } = await import("pdfkit");
  const { writtenAt: CreationDate, resourceId } = letter;
  const info = { Title: `Letter of authorization: ${resourceId}`, Producer: "Causeway" };
  const pdf = new PDFDocument({ size: "A4", margin, info: { ...info, CreationDate } });
  const parts: Uint8Array[] = [];
  pdf.on("data", (part: Uint8Array) => parts.push(part));
  const ended = new Promise<void>((resolve, reject) => {
    pdf.on("end", resolve);
    pdf.on("error", reject);
  });
  write(pdf, letter);
  pdf.end();
  await ended;
  return Buffer.concat(parts);
}

function write(pdf: PDFKit.PDFDocument, letter: Letter): void {
  const { customerName, peeringLocation, ports } = letter;
  pdf.fontSize(18).text("Letter of authorization").moveDown();
  pdf.fontSize(10);
  for (const [name, value] of headOf(letter)) pdf.text(`${name}: ${value}`);
  pdf.moveDown();
  pdf.text(
    `${customerName} may order cross-connects at ${peeringLocation} to the ports below, one to each, and to no others. The ports were assigned to the resource above; this letter is void when that is deleted.`,
  );
  pdf.moveDown();
  table(pdf, [
    columns,
    ...ports.map((port) => [
      port.name,
      port.routerName,
      port.interfaceName,
      port.rackId,
      port.patchPanelId,
    ]),
  ]);
}

function headOf(letter: Letter): readonly (readonly [string, string])[] {
  return [
    ["Customer", letter.customerName],
    ["Date", letter.writtenAt.toISOString().slice(0, 10)],
    ["Resource", letter.resourceId],
    ["Peering location", letter.peeringLocation],
    ...(letter.address === undefined ? [] : [["Address", letter.address] as const]),
    ["Bandwidth", `${letter.bandwidthGbps} Gbit/s on each port`],
    ["Encapsulation", letter.encapsulation],
  ];
}

function table(pdf: PDFKit.PDFDocument, rows: readonly (readonly string[])[]): void {
  const width = lineWidth / columns.length;
  for (const row of rows) {
    const heights = row.map((cell) => pdf.heightOfString(cell, { width }));
    const { y } = pdf;
    for (const [index, cell] of row.entries()) {
      pdf.text(cell, margin + index * width, y, { width });
    }
    pdf.x = margin;
    pdf.y = y + Math.max(...heights) + 4;
  }
}
