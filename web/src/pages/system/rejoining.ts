// Who has to join again after a new host password, and who has.

export interface Joined {
  service: string
  joined_at: string
  ready: boolean
}

export type State = 'back' | 'joining' | 'untold'

export interface Line {
  service: string
  state: State
}

/** A service is back when all of its name have joined at another moment, and are ready. */
export function linesOf(before: readonly Joined[], now: readonly Joined[], untold: readonly string[]): Line[] {
  const old = new Set(before.map((one) => `${one.service} ${one.joined_at}`))
  const names = [...new Set([...before.map((one) => one.service), ...untold])].sort()
  return names.map((service) => {
    if (untold.includes(service)) return { service, state: 'untold' }
    const here = now.filter((one) => one.service === service)
    const isBack = here.length > 0 && here.every((one) => one.ready && !old.has(`${service} ${one.joined_at}`))
    return { service, state: isBack ? 'back' : 'joining' }
  })
}
