/** The same keys, each with what is made of its value. */
export function mapValues<Key extends string, Value, Made>(
  record: Readonly<Record<Key, Value>>,
  make: (value: Value) => Made,
): Record<Key, Made> {
  const entries = Object.entries<Value>(record).map(([key, value]) => [key, make(value)] as const);
  return Object.fromEntries(entries) as Record<Key, Made>;
}
