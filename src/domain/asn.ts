/** AS numbers that are set aside, by what for. */

/** RFC 6996 §5. */
export function isPrivateAsn(asn: number): boolean {
  return (asn >= 64_512 && asn <= 65_534) || (asn >= 4_200_000_000 && asn <= 4_294_967_294);
}

/** RFC 5398 §4. */
export function isDocumentationAsn(asn: number): boolean {
  return (asn >= 64_496 && asn <= 64_511) || (asn >= 65_536 && asn <= 65_551);
}
