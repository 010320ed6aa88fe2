// A rule while it is being made: what is there, what is missing, what is sent. Pure.
import { built, isServers, missing, type Part, type Side } from './kinds'

export interface Line {
  /** Stays with the part, whatever is added or removed before it. */
  id: number
  part: Part
}

export interface RuleDraft {
  name: string
  enabled: boolean
  conditions: readonly Line[]
  actions: readonly Line[]
}

export interface RuleDetail {
  number: number
  name: string
  enabled: boolean
  conditions: Part[]
  actions: Part[]
}

export interface RuleBody {
  name: string
  conditions: Part[]
  actions: Part[]
}

export const BLANK: RuleDraft = { name: '', enabled: true, conditions: [], actions: [] }

const linesOf = (parts: readonly Part[]): Line[] => parts.map((part, at) => ({ id: at + 1, part }))

export const draftOf = (rule: RuleDetail): RuleDraft => ({ name: rule.name, enabled: rule.enabled, conditions: linesOf(rule.conditions), actions: linesOf(rule.actions) })

export const partsOf = (draft: RuleDraft, side: Side): Part[] => draft[side].map((line) => line.part)

export const bodyOf = (draft: RuleDraft): RuleBody => ({
  name: draft.name.trim(),
  conditions: partsOf(draft, 'conditions').map((part) => built('conditions', part)),
  actions: partsOf(draft, 'actions').map((part) => built('actions', part)),
})

/** The parts that lack something. */
export const incomplete = (draft: RuleDraft, side: Side): Part[] => partsOf(draft, side).filter((part) => missing(side, part).length > 0)

export const usesServer = (rule: Record<Side, readonly Part[]>): boolean => (['conditions', 'actions'] as const).some((side) => rule[side].some((part) => isServers(side, part)))
