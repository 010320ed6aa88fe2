// What stands in a menu: acts, a rule between them, and whether one is dangerous.
import type { Component } from 'vue'

export interface MenuAct {
  kind?: 'act'
  label: string
  icon?: Component
  keys?: string
  danger?: boolean
  disabled?: boolean
  act: () => void
}

export interface MenuRule {
  kind: 'rule'
}

export type MenuEntry = MenuAct | MenuRule
