// An answer that is a refusal: RFC 9457, with the field, the reason and the cure.

import { cureOf, reasonOf } from '@/lib/reasons'

export interface ProblemBody {
  type?: string
  title?: string
  status?: number
  code?: string
  field?: string
  detail?: string
  hint?: string
  [extra: string]: unknown
}

/** What the server refused, or why it could not be asked. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly field: string
  readonly hint: string
  readonly body: ProblemBody

  constructor(status: number, body: ProblemBody = {}) {
    super(reasonOf(body.code ?? '', body.detail || body.title || `HTTP ${String(status)}`))
    this.name = 'Problem'
    this.status = status
    this.code = body.code ?? ''
    this.field = body.field ?? ''
    this.hint = cureOf(this.code, body.hint ?? '')
    this.body = body
  }

  /** Nobody answered: the network, or a service that is away. */
  get isAway(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504
  }
}

/** Make a Problem of whatever was thrown. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown
  return new Problem(0, { code: 'unreachable', detail: thrown instanceof Error ? thrown.message : String(thrown) })
}
