/**
 * What of a row has changed since it was written once. Only these fields are written again, so that an update does not
 * rewrite the event, the signed action and the grant.
 */
export type Fields = Record<string, unknown>;

/** The names of fields that are there no more; no row has a field of this name. */
const GONE = "-";

/** `base`: the fields as they were written first. A field that `base` lacks, or that is in `always`, is part of the overlay. */
export function overlayOf(fields: Fields, base: Fields, always: readonly string[] = []): Fields {
  const overlay: Fields = {};
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined && !(name in base && isSame(value, base[name]) && !always.includes(name)))
      overlay[name] = value;
  const gone = Object.keys(base).filter((name) => base[name] !== undefined && fields[name] === undefined);
  return gone.length === 0 ? overlay : { ...overlay, [GONE]: gone };
}

export function overlaid(base: Fields, overlay: Fields): Fields {
  const { [GONE]: gone, ...changed } = overlay;
  const fields = { ...base, ...changed };
  if (Array.isArray(gone)) for (const name of gone) delete fields[String(name)];
  return fields;
}

const isSame = (one: unknown, other: unknown): boolean =>
  one === other || (typeof one === "object" && JSON.stringify(one) === JSON.stringify(other));
