/** BGP messages as a speaker of the tests sends them. RFC 4271 §4, RFC 5492 (capabilities), RFC 6793. */

const AS_TRANS = 23_456;

function message(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(19, 0xff);
  head.writeUInt16BE(19 + body.length, 16);
  head.writeUInt8(type, 18);
  return Buffer.concat([head, body]);
}

export function open({ asn, routerId }: { asn: number; routerId: string }): Buffer {
  const fourBytes = Buffer.alloc(4);
  fourBytes.writeUInt32BE(asn);
  const capabilities = Buffer.concat([
    Buffer.from([1, 4, 0, 1, 0, 1]),
    Buffer.from([2, 0]),
    Buffer.from([65, 4]),
    fourBytes,
  ]);
  const head = Buffer.alloc(5);
  head.writeUInt8(4, 0);
  head.writeUInt16BE(asn > 65_535 ? AS_TRANS : asn, 1);
  head.writeUInt16BE(180, 3);
  const parameters = Buffer.from([capabilities.length + 2, 2, capabilities.length]);
  return message(1, Buffer.concat([head, address(routerId), parameters, capabilities]));
}

export function keepalive(): Buffer {
  return message(4, Buffer.alloc(0));
}

export function update(of: { asn: number; nextHop: string; prefixes: readonly string[] }): Buffer {
  const path = Buffer.alloc(6);
  path.writeUInt8(2, 0);
  path.writeUInt8(1, 1);
  path.writeUInt32BE(of.asn, 2);
  const attributes = Buffer.concat([
    Buffer.from([0x40, 1, 1, 0]),
    Buffer.from([0x40, 2, path.length]),
    path,
    Buffer.from([0x40, 3, 4]),
    address(of.nextHop),
  ]);
  const sizes = Buffer.alloc(4);
  sizes.writeUInt16BE(attributes.length, 2);
  return message(2, Buffer.concat([sizes, attributes, ...of.prefixes.map(reachability)]));
}

export function withdrawal(prefixes: readonly string[]): Buffer {
  const gone = Buffer.concat(prefixes.map(reachability));
  const [head, tail] = [Buffer.alloc(2), Buffer.alloc(2)];
  head.writeUInt16BE(gone.length);
  return message(2, Buffer.concat([head, gone, tail]));
}

function reachability(prefix: string): Buffer {
  const [base = "", length = "0"] = prefix.split("/");
  const bytes = Math.ceil(Number(length) / 8);
  return Buffer.concat([Buffer.from([Number(length)]), address(base).subarray(0, bytes)]);
}

function address(text: string): Buffer {
  return Buffer.from(text.split(".").map(Number));
}
