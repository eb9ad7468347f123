/**
 * What depends on an object alone, which nobody changes, computed once and kept as long as the object is. The value is
 * shared by all who ask, so nobody changes it either.
 */
export function perObject<Key extends object, Value extends object>(
  compute: (key: Key) => Value,
): (key: Key) => Value {
  const values = new WeakMap<Key, Value>();
  return (key) => {
    const there = values.get(key);
    if (there !== undefined) return there;
    const value = compute(key);
    values.set(key, value);
    return value;
  };
}
