// A number of octets in the unit in which it is whole. Pure.

export const SIZE_UNITS = [
  { value: '1', label: 'B' },
  { value: String(1024), label: 'KB' },
  { value: String(1024 ** 2), label: 'MB' },
  { value: String(1024 ** 3), label: 'GB' },
] as const

/** The largest unit in which it has no fraction; MB for nothing. */
export function unitFor(octets: number): number {
  if (octets === 0) return 1024 ** 2
  return [1024 ** 3, 1024 ** 2, 1024].find((unit) => octets % unit === 0) ?? 1
}
